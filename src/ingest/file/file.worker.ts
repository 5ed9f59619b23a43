import { workerData } from 'node:worker_threads';
import type { SourceEvent } from '../contract.js';
import { serveWorker, type WorkerPort } from '../../runtime/threads/mod.js';
import { ACKED, STOP, type FileEvents, type FileHandlers, type FileWorkerData } from './file-protocol.js';
import { FileReader } from './file-reader.js';
import { VideoFile } from './video-file.js';

function handlers(port: WorkerPort<FileEvents>): FileHandlers {
  const { path, fps, credit, shared, ...limits } = workerData as FileWorkerData;
  const state = new Int32Array(shared);
  let file: VideoFile | undefined;
  let sent = 0;

  /** Blocks this thread, which has nothing else to do, until main has dealt with enough frames. */
  const wait = (): boolean => {
    for (;;) {
      if (Atomics.load(state, STOP) !== 0) return false;
      const acked = Atomics.load(state, ACKED);
      if (sent - acked < credit) return true;
      Atomics.wait(state, ACKED, acked, 100);
    }
  };

  const read = (opened: VideoFile): void => {
    let end: SourceEvent = { type: 'end', reason: 'ended' }; // stopped: main knows why
    try {
      new FileReader(opened, fps, {
        event: (event) => {
          if (event.type === 'frame') sent++;
          if (event.type === 'end') end = event;
          else port.emit('source', [event], event.type === 'frame' ? [event.frame.data.buffer] : undefined);
        },
        health: (health) => {
          port.emit('health', [health]);
        },
        credit: wait,
      }).run();
    } finally {
      // `end` lets main terminate this thread, which must not happen inside FFmpeg: node-av then aborts the whole process.
      opened.close();
      port.emit('source', [end]);
    }
  };

  return {
    open: () => {
      file = VideoFile.open(path, limits);
      return file.info;
    },
    run: () => {
      if (file) setImmediate(read, file);
    },
    release: () => {
      file?.close();
    },
  };
}

await serveWorker(handlers);
