import { LANDMARK_GROUPS } from '../model/landmark-groups.js';
import type { SeenFace } from '../model/session-view.js';

/** Where the picture lies on the canvas, in CSS pixels. */
export interface Stage {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly mirrored: boolean;
}

/** The rectangle of a picture of `aspect` (width over height) fitted whole into the canvas. */
export function fitStage(width: number, height: number, aspect: number, mirrored: boolean): Stage {
  const wide = Math.min(width, height * aspect);
  const high = wide / aspect;
  return { x: (width - wide) / 2, y: (height - high) / 2, width: wide, height: high, mirrored };
}

/** Colours of a face: good, and one that can't be measured. */
export interface FaceInk {
  readonly good: string;
  readonly poor: string;
  readonly label: string;
  readonly plate: string;
}

/** Milliseconds after which a face that was not seen again has faded away. */
const FADE = 900;

/** Draws one face's box, landmarks, id and quality. */
export function drawFace(context: CanvasRenderingContext2D, stage: Stage, face: SeenFace, now: number, ink: FaceInk): void {
  const { track } = face;
  const age = now - face.seenAt;
  if (age > FADE) return;
  const poor = track.quality.faults.length > 0;
  const colour = poor ? ink.poor : ink.good;
  const x = (value: number): number => stage.x + (stage.mirrored ? 1 - value : value) * stage.width;
  const y = (value: number): number => stage.y + value * stage.height;
  context.save();
  context.globalAlpha = age < 300 ? 1 : 1 - (age - 300) / (FADE - 300);
  context.strokeStyle = colour;
  context.fillStyle = colour;
  drawOutlines(context, track.landmarks, x, y);
  const [left, top, width, height] = track.box;
  const from = Math.min(x(left), x(left + width));
  drawCorners(context, from, y(top), width * stage.width, height * stage.height);
  drawLabel(
    context,
    stage,
    `${track.face.replace(/^f/, 'face ')} · ${poor ? (track.quality.faults[0]?.replaceAll('_', ' ') ?? '') : `quality ${track.quality.score.toFixed(2)}`}`,
    from,
    y(top),
    ink,
  );
  context.restore();
}

function drawOutlines(
  context: CanvasRenderingContext2D,
  landmarks: readonly (readonly [number, number])[],
  x: (v: number) => number,
  y: (v: number) => number,
): void {
  context.lineWidth = 1;
  for (const group of LANDMARK_GROUPS) {
    const points = landmarks.slice(group.from, group.to);
    context.beginPath();
    for (const [index, [px, py]] of points.entries()) {
      if (index === 0) context.moveTo(x(px), y(py));
      else context.lineTo(x(px), y(py));
    }
    if (group.closed && points.length > 0) context.closePath();
    const alpha = context.globalAlpha;
    context.globalAlpha = alpha * (group.part === 'oval' ? 0.35 : 0.6);
    context.stroke();
    context.globalAlpha = alpha;
    if (group.part === 'oval') continue;
    for (const [px, py] of points) context.fillRect(x(px) - 0.8, y(py) - 0.8, 1.6, 1.6);
  }
}

/** Corner marks instead of a full box: the face stays visible. */
function drawCorners(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
  const length = Math.min(18, width / 4, height / 4);
  context.lineWidth = 2;
  context.beginPath();
  for (const [cx, cy, dx, dy] of [
    [x, y, 1, 1],
    [x + width, y, -1, 1],
    [x, y + height, 1, -1],
    [x + width, y + height, -1, -1],
  ] as const) {
    context.moveTo(cx + dx * length, cy);
    context.lineTo(cx, cy);
    context.lineTo(cx, cy + dy * length);
  }
  context.stroke();
}

function drawLabel(context: CanvasRenderingContext2D, stage: Stage, text: string, x: number, y: number, ink: FaceInk): void {
  context.font = '600 12px system-ui, sans-serif';
  const width = context.measureText(text).width + 10;
  const left = Math.max(stage.x, Math.min(x - 1, stage.x + stage.width - width));
  const top = Math.max(stage.y, y - 22);
  context.fillStyle = ink.plate;
  context.fillRect(left, top, width, 18);
  context.fillStyle = ink.label;
  context.textBaseline = 'middle';
  context.fillText(text, left + 5, top + 9.5);
}
