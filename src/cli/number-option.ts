import { CliError } from './cli-error.js';

/** The number of an option; undefined where the option is not there. @throws {CliError} of exit code 2 */
export function numberOption(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < least)
    throw new CliError(`${name} ${text}: expected a number from ${String(least)}`, { exitCode: 2 });
  return value;
}

/** The count of an option, from 1; undefined where the option is not there. @throws {CliError} of exit code 2 */
export function countOption(name: string, text: string | undefined): number | undefined {
  const value = text === undefined ? undefined : Number(text);
  if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1))
    throw new CliError(`${name} ${text ?? ''}: expected a whole number above 0`, { exitCode: 2 });
  return value;
}
