import type { DenseFlow } from './dense-flow.js';

/** Blocks across and down the face, directions of the main direction's histogram, and the share of vectors, and of blocks, that count. */
const BLOCKS = 6;
const DIRECTIONS = 4;
const SHARE = 1 / 3;
/** The face in the half crop, px: from cheek to cheek, from above the brows to the chin. */
const FACE = { x0: 21, x1: 91, y0: 18, y1: 108 } as const;

/**
 * MDMD's feature of one frame (Wang, Wu, Qian, Li, Fu, "A main directional maximal difference analysis for spotting facial movements
 * from long-term videos", Neurocomputing 230, 2017): in each block of the face, the direction in which most pixels moved from the head
 * to the current frame; of the pixels that moved that way, by how much further than from head to tail frame; the mean of the largest
 * third of these differences; and over blocks again the mean of the largest third. High where the current frame holds a movement that
 * neither the head nor the tail frame has.
 *
 * @returns px of the flow's grid
 */
export function directionalDifference(headToCurrent: DenseFlow, headToTail: DenseFlow): number {
  const blocks: number[] = [];
  const width = (FACE.x1 - FACE.x0) / BLOCKS;
  const height = (FACE.y1 - FACE.y0) / BLOCKS;
  for (let by = 0; by < BLOCKS; by++) {
    for (let bx = 0; bx < BLOCKS; bx++) {
      blocks.push(
        ofBlock(
          headToCurrent,
          headToTail,
          Math.round(FACE.x0 + bx * width),
          Math.round(FACE.x0 + (bx + 1) * width),
          Math.round(FACE.y0 + by * height),
          Math.round(FACE.y0 + (by + 1) * height),
        ),
      );
    }
  }
  return meanOfLargest(blocks);
}

function ofBlock(current: DenseFlow, tail: DenseFlow, x0: number, x1: number, y0: number, y1: number): number {
  const byDirection: number[][] = Array.from({ length: DIRECTIONS }, () => []);
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      const i = y * current.size + x;
      const u = current.u[i]!,
        v = current.v[i]!;
      // Quarters centred on right, down, left, up.
      const direction = Math.floor((Math.atan2(v, u) / (2 * Math.PI) + 1 + 0.5 / DIRECTIONS) * DIRECTIONS) % DIRECTIONS;
      byDirection[direction]?.push(Math.hypot(u, v) - Math.hypot(tail.u[i]!, tail.v[i]!));
    }
  }
  return meanOfLargest(byDirection.reduce((most, some) => (some.length > most.length ? some : most)));
}

function meanOfLargest(values: readonly number[]): number {
  const count = Math.max(1, Math.round(values.length * SHARE));
  return (
    [...values]
      .sort((a, b) => b - a)
      .slice(0, count)
      .reduce((sum, value) => sum + value, 0) / count
  );
}
