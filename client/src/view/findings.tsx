import type { JSX } from 'preact';
import { EMOTION_LABELS } from '../../../src/common/emotion-labels.js';
import type { ActionUnit, Emotion, RegionMotion } from '../../../src/events/schema.js';
import { actionUnit, marks } from '../model/action-units.js';
import { strongest } from '../model/alert.js';
import { percent, words } from '../model/format.js';

const SIDES = { left: 'left', right: 'right', both: 'both sides' } as const;

/** Action units as chips, most certain first, beside a schematic face that shows where they are. */
export function ActionUnits({ aus }: { readonly aus: readonly ActionUnit[] }): JSX.Element | null {
  if (aus.length === 0) return null;
  const sorted = [...aus].sort((one, other) => other.confidence - one.confidence);
  return (
    <div class="aus">
      <FaceDiagram aus={sorted} />
      <ul class="chips" aria-label="Action units">
        {sorted.map(({ au, side, confidence, unsupported }) => (
          <li key={`${au}${side}`} class={unsupported ? 'chip chip-doubt' : 'chip'}>
            <b>{au}</b> <span class="chip-name">{actionUnit(au)?.name ?? 'Action unit'}</span>
            <span class="chip-side">{SIDES[side]}</span>
            <span class="figure">{percent(confidence)}</span>
            {unsupported && <span class="chip-flag">no supporting motion</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Drawn as one looks at the person: their left is on the right. */
function FaceDiagram({ aus }: { readonly aus: readonly ActionUnit[] }): JSX.Element {
  return (
    <svg class="diagram" viewBox="0 0 100 108" aria-hidden="true">
      <g class="diagram-face">
        <path d="M50 4C26 4 14 22 14 46c0 30 18 58 36 58s36-28 36-58C86 22 74 4 50 4Z" />
        <path d="M24 34c5-5 13-5 18-2M76 34c-5-5-13-5-18-2" />
        <path d="M25 45c4-4 12-4 16 0-4 3-12 3-16 0ZM75 45c-4-4-12-4-16 0 4 3 12 3 16 0Z" />
        <path d="M50 44v16c-4 2-5 4-3 5h6c2-1 1-3-3-5" />
        <path d="M34 79c6-5 11-4 16-3 5-1 10-2 16 3-5 5-10 7-16 7s-11-2-16-7Zm0 0h32" />
      </g>
      {aus.flatMap(({ au, side, confidence, unsupported }) =>
        marks(au, side).map(({ x, y }) => (
          <circle key={`${au}${String(x)}`} class={unsupported ? 'mark mark-doubt' : 'mark'} cx={x} cy={y} r={3 + 3 * confidence} />
        )),
      )}
    </svg>
  );
}

/** The category and its probabilities, and what it is worth. */
export function Category({ emotion }: { readonly emotion: Emotion | null }): JSX.Element | null {
  if (!emotion) return null;
  return (
    <div class="category">
      <p class="category-head">
        Category <b>{emotion.label}</b>
      </p>
      <ul class="probabilities">
        {EMOTION_LABELS.map((label) => (
          <li key={label} class={label === emotion.label ? 'chosen' : ''}>
            <span>{label}</span>
            <span class="bar">
              <i style={{ width: `${String(emotion.probabilities[label] * 100)}%` }} />
            </span>
            <span class="figure">{percent(emotion.probabilities[label])}</span>
          </li>
        ))}
      </ul>
      <p class="caution">An inference from motion, not a fact about this person or what they feel.</p>
    </div>
  );
}

/** The regions' measurements, as the language model was given them. */
export function RegionsTable({ rois }: { readonly rois: readonly RegionMotion[] }): JSX.Element | null {
  if (rois.length === 0) return null;
  return (
    <details class="regions">
      <summary>Regions measured ({rois.length})</summary>
      <div class="scroller" tabIndex={0} role="region" aria-label="Regions measured">
        <table>
          <thead>
            <tr>
              <th scope="col">Region</th>
              <th scope="col">Mean px</th>
              <th scope="col">Max px</th>
              <th scope="col">Direction</th>
              <th scope="col">Angle</th>
              <th scope="col">Conc.</th>
            </tr>
          </thead>
          <tbody>
            {strongest(rois).map((roi) => (
              <tr key={roi.region}>
                <th scope="row">{words(roi.region)}</th>
                <td>{roi.mean_magnitude.toFixed(2)}</td>
                <td>{roi.max_magnitude.toFixed(2)}</td>
                <td>{roi.direction}</td>
                <td>{roi.angle_deg === null ? '–' : `${String(Math.round(roi.angle_deg))}°`}</td>
                <td>{roi.concentration.toFixed(2)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="note">
        Pixels of the 224-px reference crop. Angles run counter-clockwise from the right. Concentration is 1 when the whole region moves one
        way.
      </p>
    </details>
  );
}
