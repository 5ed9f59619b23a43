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
  const nothing = () => {
    /* of no interest here */
  };
  const file = VideoFile.open(clip, { maxWidth: 4096, maxHeight: 4096 });
  new FileReader(file, undefined, {
    credit: () => true,
    format: nothing,
    counters: nothing,
    health: nothing,
    gap: nothing,
    fault: nothing,
    end: nothing,
    frame: (picture) => {
      frame(picture, tracker.update(picture).toSorted((a, b) => area(b) - area(a))[0]);
    },
  }).run();
}
