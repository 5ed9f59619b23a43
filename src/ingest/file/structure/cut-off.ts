import { aviIsCut } from './avi.js';
import { FileBytes } from './bytes.js';
import { matroskaIsCut } from './matroska.js';
import { mp4Structure } from './mp4.js';

/**
 * Whether a file ends before its own structure does, where its demuxer reads to the end without a word: an MP4 within its data or
 * a fragment, Matroska and WebM within an element, an AVI within its frames. How many frames a file announces says nothing: edit lists,
 * variable rates and sound that goes on longer all make it another number.
 */
export function isCutOff(path: string): boolean {
  return withBytes(path, (file) => mp4Structure(file)?.cut ?? matroskaIsCut(file) ?? aviIsCut(file) ?? false);
}

/** Whether a file is an MP4 or MOV whose index (`moov`) was never written, or not to its end. */
export function lacksIndex(path: string): boolean {
  return withBytes(path, (file) => mp4Structure(file)?.indexed === false);
}

function withBytes<T>(path: string, look: (file: FileBytes) => T): T {
  const file = new FileBytes(path);
  try {
    return look(file);
  } finally {
    file.close();
  }
}
