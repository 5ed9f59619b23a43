import type { RegionMotion } from '../../events/schema.js';

/** The person's own sides; on an unmirrored picture the left one is at the image's right. */
export const SIDES = ['left', 'right'] as const;
export type OneSide = (typeof SIDES)[number];

/** Motion of a part of the face in the face's own terms, px, with its standard error. */
export interface PartMotion {
  /** Away from the midline. */
  readonly out: number;
  readonly up: number;
  readonly sigma: number;
  /** The regions that it is the mean of. */
  readonly regions: readonly string[];
}

/** Parts that the rules speak of; those on the midline have `out` towards the image's right. */
export interface FaceMotion {
  side(side: OneSide): {
    readonly innerBrow: PartMotion;
    readonly outerBrow: PartMotion;
    readonly upperLid: PartMotion;
    readonly lowerLid: PartMotion;
    readonly wing: PartMotion;
    readonly cheek: PartMotion;
    readonly corner: PartMotion;
    readonly upperLip: PartMotion;
    readonly lowerLip: PartMotion;
  };
  readonly upperLip: PartMotion;
  readonly lowerLip: PartMotion;
  readonly chin: PartMotion;
  /** px: the error that all regions share, the head's; it is not in how two of them move apart. */
  readonly common: number;
}

/** The table of regions in the face's own terms. */
export function faceMotion(rois: readonly RegionMotion[]): FaceMotion {
  const table = new Map(rois.map((region) => [region.region, region]));
  const part = (names: readonly string[], mirrored: boolean): PartMotion =>
    mean(
      names.flatMap((name) => {
        const region = table.get(name);
        return region ? [{ region, mirrored }] : [];
      }),
    );
  const sided = (side: OneSide) => {
    const [name, inner, outer] = side === 'left' ? ['Right', 'Left', 'Right'] : ['Left', 'Right', 'Left'];
    const mirrored = side === 'right';
    return {
      innerBrow: part([`${name} Inner Eyebrow`], mirrored),
      outerBrow: part([`${name} Outer Eyebrow`], mirrored),
      upperLid: part(
        [`${name} Upper Eyelid (Center)`, `${name} Upper Eyelid (${inner} Side)`, `${name} Upper Eyelid (${outer} Side)`],
        mirrored,
      ),
      lowerLid: part(
        [`${name} Lower Eyelid (Center)`, `${name} Lower Eyelid (${inner} Side)`, `${name} Lower Eyelid (${outer} Side)`],
        mirrored,
      ),
      wing: part([`${name} Nostril Wing`], mirrored),
      cheek: part([`${name} Cheek`], mirrored),
      corner: part([`${name} Mouth Corner`], mirrored),
      upperLip: part([`Upper Lip (${name} Side)`], mirrored),
      lowerLip: part([`Lower Lip (${name} Side)`], mirrored),
    };
  };
  const sides = { left: sided('left'), right: sided('right') };
  return {
    side: (side) => sides[side],
    upperLip: part(['Upper Lip (Center)'], false),
    lowerLip: part(['Lower Lip (Center)'], false),
    chin: part(['Chin'], false),
    common: Math.min(...rois.map(({ sigma }) => sigma ?? 0)),
  };
}

/** Mean motion; errors of neighbours go together, so the mean is no surer than one of them. */
function mean(parts: readonly { readonly region: RegionMotion; readonly mirrored: boolean }[]): PartMotion {
  let out = 0;
  let up = 0;
  let sigma = 0;
  for (const { region, mirrored } of parts) {
    const size = region.angle_deg === null ? 0 : region.mean_magnitude * region.concentration;
    const angle = ((region.angle_deg ?? 0) * Math.PI) / 180;
    out += ((mirrored ? -1 : 1) * size * Math.cos(angle)) / parts.length;
    up += (size * Math.sin(angle)) / parts.length;
    sigma += (region.sigma ?? 0) / parts.length;
  }
  return { out, up, sigma: Math.max(sigma, 0.03), regions: parts.map(({ region }) => region.region) };
}
