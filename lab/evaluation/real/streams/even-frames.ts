import type { Frame } from '../../../../src/ingest/contract.js';
import { readClip, type ClipRead } from '../../clips/clip-source.js';

/** Reads a video; of odd sizes the last row or column is left out, since encoders take even ones only. */
export async function readEvenFrames(path: string, onFrame: (frame: Frame) => void): Promise<ClipRead> {
  const read = await readClip({ kind: 'video', path }, (frame) => {
    onFrame(evenFrame(frame));
  });
  return { ...read, width: read.width & ~1, height: read.height & ~1 };
}

function evenFrame(frame: Frame): Frame {
  const width = frame.width & ~1,
    height = frame.height & ~1;
  if (width === frame.width && height === frame.height) return frame;
  const data = new Uint8Array((width * height * 3) / 2);
  const chromaWidth = Math.ceil(frame.width / 2),
    chroma = chromaWidth * Math.ceil(frame.height / 2);
  const cut = (from: number, stride: number, to: number, columns: number, rows: number): void => {
    for (let y = 0; y < rows; y++) data.set(frame.data.subarray(from + y * stride, from + y * stride + columns), to + y * columns);
  };
  cut(0, frame.width, 0, width, height);
  cut(frame.width * frame.height, chromaWidth, width * height, width / 2, height / 2);
  cut(frame.width * frame.height + chroma, chromaWidth, (width * height * 5) / 4, width / 2, height / 2);
  return { ...frame, width, height, data };
}
