import { useEffect, useRef } from 'preact/hooks';
import type { ComponentChildren, JSX } from 'preact';
import type { SessionView } from '../model/session-view.js';
import { fitCanvas, keepDrawing } from '../../../clients/javascript/src/timeline/index.js';
import { drawFace, fitStage, type FaceInk } from './draw-face.js';
import { palette } from './palette.js';

/** On video the overlay needs its own colours, whatever the scheme: light lines over a dark plate read on any picture. */
const ON_VIDEO: FaceInk = { good: '#8fe3d4', poor: '#ffc36b', label: '#ffffff', plate: 'rgb(10 20 22 / 0.72)' };

interface StageProps {
  readonly view: () => SessionView | undefined;
  /** The element that shows the local stream; absent on a watch-only page. */
  readonly video?: (element: HTMLVideoElement | null) => void;
  readonly mirrored?: boolean;
  readonly children?: ComponentChildren;
}

/** The picture with the faces found in it, or a blank stage with the faces alone. */
export function Stage({ view, video, mirrored = false, children }: StageProps): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const element = useRef<HTMLVideoElement | null>(null);
  useEffect(
    () =>
      keepDrawing(() => {
        const fitted = canvas.current && fitCanvas(canvas.current);
        const session = view();
        if (!fitted || !session) return;
        const { context, width, height } = fitted;
        const shown = element.current;
        const format = session.started.peek()?.video;
        const aspect = shown && shown.videoWidth > 0 ? shown.videoWidth / shown.videoHeight : format ? format.width / format.height : 4 / 3;
        const stage = fitStage(width, height, aspect, mirrored);
        const colours = palette();
        const ink: FaceInk = video ? ON_VIDEO : { good: colours.accent, poor: colours.warn, label: colours.ink, plate: colours.panel };
        if (!video) {
          context.strokeStyle = colours.line;
          context.strokeRect(stage.x + 0.5, stage.y + 0.5, stage.width - 1, stage.height - 1);
        }
        const now = performance.now();
        for (const face of session.faces.values()) drawFace(context, stage, face, now, ink);
      }),
    [view, video, mirrored],
  );
  return (
    <div class={video ? 'stage' : 'stage stage-blank'} data-mirrored={mirrored}>
      {video && (
        <video
          ref={(node) => {
            element.current = node;
            video(node);
          }}
          muted
          playsInline
          aria-label="Video being analysed"
        />
      )}
      <canvas ref={canvas} aria-hidden="true" />
      {children}
    </div>
  );
}
