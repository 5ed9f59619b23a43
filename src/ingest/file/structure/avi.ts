import type { FileBytes } from './bytes.js';

/** Whether an AVI ends within its list of frames (`movi`); undefined where it is no AVI. */
export function aviIsCut(file: FileBytes): boolean | undefined {
  if (file.at(0, 12).toString('latin1', 0, 4) !== 'RIFF') return undefined;
  for (let position = 0; position + 12 <= file.size;) {
    const header = file.at(position, 12);
    const [id, size, kind] = [header.toString('latin1', 0, 4), header.readUInt32LE(4), header.toString('latin1', 8, 12)];
    if (id === 'RIFF') {
      if (!kind.startsWith('AVI')) return undefined;
      position += 12;
      continue;
    }
    // A recorder that was killed never wrote the size; then nothing is known of the end.
    if (id === 'LIST' && kind === 'movi' && position + 8 + size > file.size) return true;
    position += 8 + size + (size % 2);
  }
  return false;
}
