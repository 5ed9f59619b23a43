import type { Frame } from '../contract.js';
import { SOUND, type FileHealth } from './file-health.js';
import { FileReader } from './file-reader.js';
import type { FileInfo } from './file-protocol.js';
import { VideoFile } from './video-file.js';

// Not in mod.ts: FFmpeg would be loaded into every process that imports the stage's types.

/** How {@link readFile} reads. */
export interface ReadFileOptions {
  /** Frames a second, in place of the file's own timestamps. Default the file's own. */
  readonly fps?: number;
  /** Called with every frame in order; false stops the reading. */
  readonly onFrame: (frame: Frame) => boolean;
}

/** What came of reading a file. */
export interface FileRead {
  readonly info: FileInfo;
  readonly health: FileHealth;
  /** Why not all of it could be read; absent where it could. */
  readonly fault?: string;
}

/**
 * Decodes a recorded file in the calling thread, blocking it: for worker threads and scripts. The frames are those of `openFile`.
 *
 * @throws FileError when it isn't there, can't be read, or holds no video that can be decoded
 */
export function readFile(path: string, { fps, onFrame }: ReadFileOptions): FileRead {
  const file = VideoFile.open(path, { maxWidth: 4096, maxHeight: 4096 });
  let health = SOUND;
  let fault: string | undefined;
  let going = true;
  try {
    new FileReader(file, fps, {
      credit: () => going,
      event: (event) => {
        if (event.type === 'frame') going = onFrame(event.frame);
        if (event.type === 'end') fault = event.message;
      },
      health: (now) => {
        health = now;
      },
    }).run();
    return { info: file.info, health, ...(fault === undefined ? {} : { fault }) };
  } finally {
    file.close();
  }
}
