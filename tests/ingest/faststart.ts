import { readFileSync, writeFileSync } from 'node:fs';

/** Puts the index before the data, as files for the web have it, so that a cut file can still be read. */
export function faststart(path: string): void {
  const bytes = readFileSync(path);
  const boxes: { type: string; bytes: Buffer }[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const size = bytes.readUInt32BE(at);
    boxes.push({ type: bytes.toString('latin1', at + 4, at + 8), bytes: bytes.subarray(at, at + size) });
    at += size;
  }
  const moov = boxes.find(({ type }) => type === 'moov')?.bytes ?? Buffer.alloc(0);
  for (let at = moov.indexOf('stco'); at >= 0; at = moov.indexOf('stco', at + 4)) {
    const count = moov.readUInt32BE(at + 8);
    for (let entry = 0; entry < count; entry++)
      moov.writeUInt32BE(moov.readUInt32BE(at + 12 + entry * 4) + moov.length, at + 12 + entry * 4);
  }
  const rest = boxes.filter(({ type }) => type !== 'moov' && type !== 'ftyp').map((box) => box.bytes);
  const ftyp = boxes.find(({ type }) => type === 'ftyp')?.bytes ?? Buffer.alloc(0);
  writeFileSync(path, Buffer.concat([ftyp, moov, ...rest]));
}
