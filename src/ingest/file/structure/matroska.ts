import type { FileBytes } from './bytes.js';

/** IDs of RFC 9559. */
const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;

interface Element {
  readonly id: number;
  readonly body: number;
  /** Undefined: unknown, as live recorders write it. */ readonly end: number | undefined;
}

/** Whether a Matroska or WebM file ends within an element; undefined where it is no such file. */
export function matroskaIsCut(file: FileBytes): boolean | undefined {
  if (element(file, 0)?.id !== EBML) return undefined;
  for (let position = 0; position < file.size;) {
    const found = element(file, position);
    // A header that the end cuts; else garbage, of which nothing is known.
    if (!found) return file.size - position < 12 ? true : undefined;
    if (found.id === SEGMENT && found.end !== undefined) return found.end > file.size;
    // Of a segment or cluster whose length nobody knew, the elements within are looked at.
    if (found.end === undefined && found.id !== SEGMENT && found.id !== CLUSTER) return undefined;
    if (found.end !== undefined && found.end > file.size) return true;
    position = found.end ?? found.body;
  }
  return false;
}

/** The element at a place; undefined where its header is not all there or is none. */
function element(file: FileBytes, position: number): Element | undefined {
  const bytes = file.at(position, 12);
  const idLength = vintLength(bytes[0], 4);
  const sizeLength = idLength === undefined ? undefined : vintLength(bytes[idLength], 8);
  if (idLength === undefined || sizeLength === undefined || bytes.length < idLength + sizeLength) return undefined;
  let size = (bytes[idLength] ?? 0) & (0xff >> sizeLength);
  let unknown = size === 0xff >> sizeLength;
  for (let i = 1; i < sizeLength; i++) {
    const byte = bytes[idLength + i] ?? 0;
    unknown &&= byte === 0xff;
    size = size * 256 + byte;
  }
  const body = position + idLength + sizeLength;
  return { id: bytes.readUIntBE(0, idLength), body, end: unknown ? undefined : body + size };
}

function vintLength(first: number | undefined, most: number): number | undefined {
  const length = first === undefined || first === 0 ? Infinity : Math.clz32(first) - 23;
  return length <= most ? length : undefined;
}
