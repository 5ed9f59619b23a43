import { describe, expect, it } from 'vitest';
import { meanFace } from '../../tests/support/mean-face.js';
import { noseBox, REGION_NAMES, regionBoxes } from './regions.js';

const centre = ({ x, y, width, height }: { x: number; y: number; width: number; height: number }): [number, number] => [
  x + width / 2,
  y + height / 2,
];

describe('regions', () => {
  const boxes = regionBoxes(meanFace());

  it('are the 29 of the paper', () => {
    expect(REGION_NAMES).toHaveLength(29);
    expect(new Set(REGION_NAMES).size).toBe(29);
    const count = (pattern: RegExp): number => REGION_NAMES.filter((name) => pattern.test(name)).length;
    expect([count(/Eyelid/), count(/Eyebrow/), count(/Nostril/), count(/Mouth|Lip/), count(/Chin/), count(/Cheek/)]).toEqual([
      12, 4, 2, 8, 1, 2,
    ]);
  });

  it("lie inside the reference crop, left ones at the image's left, mirrored by their partners", () => {
    for (const name of REGION_NAMES) {
      const [x, y] = centre(boxes[name]);
      expect(x, name).toBeGreaterThan(35);
      expect(x, name).toBeLessThan(189);
      expect(y, name).toBeGreaterThan(40);
      expect(y, name).toBeLessThan(200);
      const partner = name.replaceAll(/Left|Right/g, (side) => (side === 'Left' ? 'Right' : 'Left')) as typeof name;
      const [px, py] = centre(boxes[partner]);
      // The mean face is symmetric to about two pixels.
      expect(Math.abs(x + px - 224), name).toBeLessThan(5);
      expect(Math.abs(y - py), name).toBeLessThan(3);
    }
    expect(centre(boxes['Left Mouth Corner'])[0]).toBeLessThan(centre(boxes['Right Mouth Corner'])[0]);
  });

  it('are in the order of a face from brow to chin', () => {
    const y = (name: (typeof REGION_NAMES)[number]): number => centre(boxes[name])[1];
    const order = [
      'Left Inner Eyebrow',
      'Left Upper Eyelid (Center)',
      'Left Lower Eyelid (Center)',
      'Left Cheek',
      'Left Nostril Wing',
      'Upper Lip (Center)',
      'Lower Lip (Center)',
      'Chin',
    ] as const;
    for (let i = 1; i < order.length; i++) expect(y(order[i] ?? 'Chin')).toBeGreaterThan(y(order[i - 1] ?? 'Chin'));
  });

  it('scale and turn with the face', () => {
    const landmarks = meanFace();
    // Half the size, a quarter turn clockwise on the screen: x, y -> -y/2, x/2.
    const turned = new Float32Array(landmarks.length);
    for (let i = 0; i < landmarks.length; i += 2) {
      turned[i] = 200 - (landmarks[i + 1] ?? 0) / 2;
      turned[i + 1] = (landmarks[i] ?? 0) / 2;
    }
    const small = regionBoxes(turned);
    for (const name of REGION_NAMES) {
      const [x, y] = centre(boxes[name]);
      const [sx, sy] = centre(small[name]);
      expect(Math.hypot(sx - (200 - y / 2), sy - x / 2), name).toBeLessThan(1);
      expect(Math.abs(small[name].width - boxes[name].width / 2), name).toBeLessThanOrEqual(1);
    }
  });

  it('keep a size where a face has none', () => {
    expect(noseBox(new Float32Array(936))).toMatchObject({ width: 2, height: 2 });
  });
});
