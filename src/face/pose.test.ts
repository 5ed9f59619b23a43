import { describe, expect, it } from 'vitest';
import { LANDMARKS } from './mesh.js';
import { poseOf } from './pose.js';

/** An upright flat mask at the landmarks that pose looks at, turned about x (pitch), then y (yaw); z grows away from the camera. */
function mask(yaw: number, pitch: number): Float32Array {
  const raw = new Float32Array(3 * LANDMARKS);
  const places: Record<number, readonly [number, number]> = {
    33: [-40, -20],
    263: [40, -20],
    133: [-15, -20],
    362: [15, -20],
    127: [-60, -20],
    356: [60, -20],
    234: [-62, 0],
    454: [62, 0],
    10: [0, -80],
    151: [0, -60],
    9: [0, -45],
    2: [0, 20],
  };
  for (const [index, [x, y]] of Object.entries(places)) {
    const down = y * Math.cos(pitch);
    const depth = y * Math.sin(pitch);
    raw.set([x * Math.cos(yaw) - depth * Math.sin(yaw), down, x * Math.sin(yaw) + depth * Math.cos(yaw)], 3 * Number(index));
  }
  return raw;
}

describe('pose', () => {
  it('has the signs that HeadPose promises', () => {
    const level = poseOf(mask(0, 0), 0);
    expect(poseOf(mask(0.3, 0), 0).yaw - level.yaw).toBeCloseTo(0.3, 2);
    expect(poseOf(mask(-0.3, 0), 0).yaw - level.yaw).toBeCloseTo(-0.3, 2);
    expect(poseOf(mask(0, 0.2), 0).pitch - level.pitch).toBeCloseTo(0.2, 2);
    expect(poseOf(mask(0, 0), 0.25).roll).toBeCloseTo(0.25, 5);
  });

  it('keeps roll within half a turn', () => {
    expect(Math.abs(poseOf(mask(0, 0), 4).roll)).toBeLessThanOrEqual(Math.PI);
  });
});
