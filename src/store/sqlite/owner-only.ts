import { chmodSync, closeSync, constants, lstatSync, openSync } from 'node:fs';

/** Permissions of everyone but the owner and its group. */
const OTHERS = 0o007;

/**
 * Leaves a file of the store to its owner: created with mode 0600; one of ours that an earlier release left readable by everyone is
 * narrowed to that. A file that only a group may read was shared on purpose (a back-up's user) and keeps its mode; so does
 * whatever another user owns, and a link.
 */
export function ownerOnly(file: string, { create }: { readonly create: boolean }): void {
  if (create) {
    try {
      closeSync(openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600));
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (!found?.isFile() || (found.mode & OTHERS) === 0 || found.uid !== process.getuid?.()) return;
  chmodSync(file, 0o600);
}
