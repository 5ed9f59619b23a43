import { readFileSync, statSync } from 'node:fs';

/** Where the key of a model server may stand. */
export interface AccessKeyOptions {
  /** File whose first line it is. */
  readonly file: string | undefined;
  /** The setting that names the file, for errors. */
  readonly setting: string;
  /** The environment variable that holds the key where no file is named, and its value. */
  readonly variable: string;
  readonly value: string | undefined;
}

/**
 * The key of a model server: from a file, else from the environment; it is never taken from the command line, where every user of the
 * machine could read it.
 *
 * @throws Error where the file can't be read or is empty, or what is in it can't be a key.
 */
export function accessKey({ file, setting, variable, value }: AccessKeyOptions): string | undefined {
  if (file === undefined) return usable(value, `the environment variable ${variable}`);
  let text: string;
  try {
    if (statSync(file).size > 65_536) throw new Error('the file is too large for a key');
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Error(`cannot read the key file ${file} (${(cause as Error).message}); check ${setting}`, { cause });
  }
  const key = usable(text, file);
  if (key === undefined) throw new Error(`the key file ${file} is empty; put the key on its first line`);
  return key;
}

function usable(text: string | undefined, from: string): string | undefined {
  const key = text?.split('\n')[0]?.trim() ?? '';
  if (key === '') return undefined;
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new Error(`${from} is not a usable key: it contains blanks or characters that are not allowed in a header`);
  return key;
}
