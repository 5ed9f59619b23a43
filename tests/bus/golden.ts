import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const HOW = `Processes of two releases run side by side while an installation is renewed, so what one writes the other must read.
 - You did not mean to change a message on the bus: undo it.
 - A field was added, and readers do without it: older processes skip it. Make the files anew and look at the difference:
   MELLM_WRITE_GOLDEN=1 npx vitest run tests/bus
 - A field was taken away or renamed, means something else, or is needed: raise the version (tests/bus/golden/README.md).`;

/**
 * The released bytes of a message, once those that the real encoder has made are the same; see tests/bus/golden/README.md.
 *
 * @throws Error that shows both and says what to do
 */
export function golden(name: string, made: Uint8Array | undefined): Uint8Array {
  if (made === undefined) throw new Error(`nothing was written that tests/bus/golden/${name} could be compared with`);
  const file = new URL(`golden/${name}`, import.meta.url);
  if (process.env['MELLM_WRITE_GOLDEN'] !== undefined) writeFileSync(file, made);
  if (!existsSync(file)) throw new Error(`tests/bus/golden/${name} is missing. ${HOW}`);
  const released = new Uint8Array(readFileSync(file));
  if (Buffer.compare(released, made) !== 0)
    throw new Error(
      `tests/bus/golden/${name}: this is not what released processes write.\nreleased: ${shown(released)}\nnow:      ${shown(made)}\n${HOW}`,
    );
  return released;
}

/** The same for several messages in JSON, one a line of the file. */
export function goldenLines(name: string, made: readonly (Uint8Array | undefined)[]): Uint8Array[] {
  const lines = made.map((one) => {
    if (one === undefined) throw new Error(`a message for tests/bus/golden/${name} was not written`);
    return new TextDecoder().decode(one);
  });
  return new TextDecoder()
    .decode(golden(name, new TextEncoder().encode(`${lines.join('\n')}\n`)))
    .trimEnd()
    .split('\n')
    .map((line) => new TextEncoder().encode(line));
}

const shown = (bytes: Uint8Array): string =>
  new TextDecoder('latin1').decode(bytes).replaceAll(/[^\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
