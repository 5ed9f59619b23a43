import { assemble, NO_KIND, type Stretch } from './assemble.js';
import { CodingError, recordingName, type CodedWindow, type Coding } from './coded-window.js';
import { parseEaf, type EafAnnotation, type EafDocument, type EafTier } from './eaf-document.js';
import { readLabel, type Label } from './label.js';

/** A tier as this program names it: `f1 micro`, `f1 macro (2)`; the rest of its name is the coder's (`anna_f1 micro`, `f1 micro-cp`). */
const OWN_TIER = /(?<![A-Za-z0-9])f\d+ (?:micro|macro)(?: rejected)?(?: \(\d+\))?(?:-cp)?/;
/** What a coder rejected. */
const REJECTED = /(?<![A-Za-z0-9])f\d+ (?:micro|macro) rejected/;

/**
 * Windows of an ELAN document. A tier without a parent holds a coder's windows; the coder is its annotator, else the tier's name without
 * ours, else `name`. What a coder rejected is left out. Tiers below it say more about them: action units, apex, category and score,
 * distinguished by their values.
 * @throws {CodingError}
 */
export function readEaf(xml: string, name: string): Coding {
  let document: EafDocument;
  try {
    document = parseEaf(xml);
  } catch (cause) {
    throw new CodingError(`${name} is not an ELAN document: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const file = recordingName(document.media[0] ?? '');
  const roots = new Map(document.tiers.map((tier) => [tier.id, rootOf(tier, document.tiers)]));
  const timeOf = times(document);
  const stretches = document.tiers
    .filter(({ id }) => id !== 'markers' && !REJECTED.test(id))
    .flatMap((tier) =>
      tier.annotations.flatMap((annotation): Stretch[] => {
        const time = timeOf(annotation);
        const label = time && labelOf(tier, annotation);
        if (!label) return [];
        return [{ coder: coderOf(roots.get(tier.id) ?? tier, name), file, onset: time.from / 1000, offset: time.to / 1000, label }];
      }),
    );
  const windows = withScores(assemble(stretches), document, timeOf);
  const rejecting = document.tiers.filter(({ id, parent }) => parent === undefined && REJECTED.test(id)).map((tier) => coderOf(tier, name));
  const coders = [...new Set([...windows.map(({ coder }) => coder), ...rejecting])];
  return { coders: coders.length === 0 ? [name] : coders, windows };
}

/** What an annotation adds; undefined where it is free text below a window, or a score. */
function labelOf(tier: EafTier, { value }: EafAnnotation): Label | undefined {
  const label = readLabel(value);
  if (tier.parent === undefined) {
    const bare = label.kind === undefined && label.aus.length === 0 && label.category === undefined && !label.apex;
    return bare ? { ...label, kind: /\b(micro|macro)\b/.exec(tier.id)?.[1] ?? NO_KIND } : label;
  }
  if (/\bapex\b/i.test(tier.id)) return { aus: [], apex: true };
  if (isScore(tier) || label.kind !== undefined) return undefined;
  return label;
}

function isScore({ id }: EafTier): boolean {
  return /\bscore\b/i.test(id);
}

/** Scores stand in tiers below the windows, at the same times. */
function withScores(windows: readonly CodedWindow[], { tiers }: EafDocument, timeOf: TimeOf): CodedWindow[] {
  const scores = tiers.filter(isScore).flatMap(({ annotations }) =>
    annotations.flatMap((annotation) => {
      const time = timeOf(annotation);
      const score = Number(annotation.value);
      return time && annotation.value.trim() !== '' && Number.isFinite(score) ? [{ ...time, score }] : [];
    }),
  );
  return windows.map((window) => {
    const found = scores.find(({ from, to }) => from / 1000 === window.onset && to / 1000 === window.offset);
    return found ? { ...window, score: found.score } : window;
  });
}

function coderOf({ id, annotator }: EafTier, name: string): string {
  const rest = id.replace(OWN_TIER, '').replace(/^[\s:@_-]+|[\s:@_-]+$/g, '');
  return annotator.trim() || rest || name;
}

function rootOf(tier: EafTier, tiers: readonly EafTier[]): EafTier {
  let root = tier;
  for (let steps = 0; root.parent !== undefined && steps < tiers.length; steps++) {
    const parent = tiers.find(({ id }) => id === root.parent);
    if (!parent) break;
    root = parent;
  }
  return root;
}

type TimeOf = (annotation: EafAnnotation) => { readonly from: number; readonly to: number } | undefined;

/** Times of an annotation, or of the one on which it hangs. */
function times({ tiers }: EafDocument): TimeOf {
  const byId = new Map(tiers.flatMap(({ annotations }) => annotations.map((annotation) => [annotation.id, annotation])));
  return (annotation) => {
    let at: EafAnnotation | undefined = annotation;
    for (let steps = 0; at && steps < tiers.length + 1; steps++) {
      if (at.from !== undefined && at.to !== undefined) return { from: at.from, to: at.to };
      at = at.on === undefined ? undefined : byId.get(at.on);
    }
    return undefined;
  };
}
