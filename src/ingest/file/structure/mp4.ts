import type { FileBytes } from './bytes.js';

/** Boxes that only a file of this family has at its top (ISO/IEC 14496-12); garbage behind the last box is none of them. */
const KNOWN = new Set([
  'ftyp',
  'styp',
  'moov',
  'moof',
  'mdat',
  'free',
  'skip',
  'wide',
  'sidx',
  'mfra',
  'uuid',
  'udta',
  'meta',
  'pnot',
  'emsg',
]);

/** What the top boxes of an MP4 or MOV say of its end. */
export interface Mp4Structure {
  /** Whether it has the index without which nothing in it can be found. */
  readonly indexed: boolean;
  /** Whether its last box or fragment is not all there. */
  readonly cut: boolean;
}

/** Reads the top boxes; undefined where it is no file of this family. */
export function mp4Structure(file: FileBytes): Mp4Structure | undefined {
  let indexed = false;
  let fragmented = false;
  let last = '';
  let cut = false;
  for (let position = 0; position < file.size;) {
    const header = file.at(position, 16);
    const type = header.length < 8 ? '' : header.toString('latin1', 4, 8);
    if (!KNOWN.has(type)) {
      if (position === 0) return undefined;
      cut = header.length < 8;
      break;
    }
    const short = header.readUInt32BE(0);
    // 0: to the end of the file. 1: a size of 64 bits follows.
    const size =
      short === 0 ? file.size - position : short === 1 ? (header.length < 16 ? Infinity : Number(header.readBigUInt64BE(8))) : short;
    cut = position + size > file.size;
    if (type === 'moov') indexed = !cut;
    if (type === 'moof') fragmented = true;
    last = type;
    if (cut || size < 8) break;
    position += size;
  }
  if (last === '') return undefined;
  return { indexed, cut: (cut && (fragmented || last === 'mdat')) || last === 'moof' };
}
