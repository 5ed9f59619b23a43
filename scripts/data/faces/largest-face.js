import { FaceTracker } from '../../../dist/src/face/mod.js';
import { FileReader } from '../../../dist/src/ingest/file/file-reader.js';
import { VideoFile } from '../../../dist/src/ingest/file/video-file.js';

/**
 * Follows the faces of a clip as the server does and calls `frame(picture, face)` for each frame: `face` is the AlignedFace of the largest
 * one (its crop is valid during the call only), or undefined.
 */
export function followLargestFace(models, clip, frame) {
  const tracker = new FaceTracker(models);
  const area = ({ box }) => box[2] * box[3];
  const file = VideoFile.open(clip, { maxWidth: 4096, maxHeight: 4096 });
  new FileReader(file, undefined, {
    credit: () => true,
    health: () => undefined,
    event: (event) => {
      if (event.type !== 'frame') return;
      frame(event.frame, tracker.update(event.frame).toSorted((a, b) => area(b) - area(a))[0]);
    },
  }).run();
}
