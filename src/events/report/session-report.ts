import type { Annotation } from '../schema.js';
import { facsCode, plainText } from '../mod.js';
import type { ImageName, SessionRecord } from '../session-record.js';
import { html, Markup } from './html.js';
import { clock, regions, scores, timeline } from './plots.js';
import { REPORT_POLICY, STYLE } from './style.js';

/** What a report is made of. */
export interface ReportInput {
  readonly session: SessionRecord;
  /** Closed annotations; those that the spotter took back are counted and left out. */
  readonly annotations: readonly Annotation[];
  /** When the report is made. */
  readonly made: Date;
}

/** PNG pictures of an annotation that are still held, by name. */
export type Pictures = ReadonlyMap<ImageName, Uint8Array>;

const PICTURES: readonly (readonly [ImageName, string])[] = [
  ['onset', 'Onset'],
  ['apex', 'Apex'],
  ['flow', 'Expression flow'],
  ['motion', 'Motion on the onset'],
];

/**
 * A session as one HTML file that needs nothing else: no script, no font, no address. It is made safe twice: every value is
 * escaped, and the policy within lets a browser load nothing but the pictures it holds.
 *
 * Comes piece by piece: a session may have ten thousand alerts, and their pictures need not be held at once.
 *
 * @param picturesOf asked for each alert in turn
 * @param leftOut pictures that were held and left out in the end, because the file would have become too large
 */
export async function* sessionReport(
  { session, annotations, made }: ReportInput,
  picturesOf: (annotation: string) => Promise<Pictures>,
  leftOut: () => number = () => 0,
): AsyncGenerator<string> {
  const kept = annotations.filter((a) => a.withdrawn === undefined).sort((a, b) => a.onset - b.onset);
  const withdrawn = annotations.length - kept.length;
  const duration = kept.reduce((most, a) => Math.max(most, a.offset ?? a.apex), session.totals?.duration ?? 0);
  yield head(session, made).text;
  yield html`<h2>Overview</h2>
${overview(session, kept, withdrawn, duration)}
<h2>Alerts over time</h2>
`.text;
  if (kept.length === 0) yield '<p>Nothing was found.</p>';
  else yield* alerts(kept, duration, picturesOf, leftOut);
  yield html`
<h2>Made with</h2>
${madeWith(session, kept)}
</body>
</html>
`.text;
}

async function* alerts(
  kept: readonly Annotation[],
  duration: number,
  picturesOf: (annotation: string) => Promise<Pictures>,
  leftOut: () => number,
): AsyncGenerator<string> {
  for (const piece of timeline(kept, duration)) yield piece.text;
  yield '\n<h2>Scores</h2>\n';
  for (const piece of scores(kept, duration)) yield piece.text;
  yield html`
<p class="soft">Red: micro-expressions. Blue: longer ones (macro). Media time, minutes and seconds.</p>
<h2>Action units</h2>
${actionUnits(kept)}
<h2>Alerts</h2>
`.text;
  // Of those without pictures some at a time: a piece each would be ten thousand turns of the main loop.
  let piece = '';
  for (const a of kept) {
    const pictures = await picturesOf(a.id);
    piece += alert(a, pictures).text;
    if (piece.length < LONG_PIECE) continue;
    yield piece;
    piece = '';
  }
  yield piece;
  if (leftOut() > 0) yield html`<p class="soft">${leftOut()} pictures are left out, to keep this file small enough to open.</p>`.text;
}

/** Characters after which a piece is handed on. */
const LONG_PIECE = 64 * 1024;

function head(session: SessionRecord, made: Date): Markup {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${REPORT_POLICY}">
<meta name="referrer" content="no-referrer">
<title>${session.name} – mellm-live session report</title>
<style>${STYLE_MARKUP}</style>
</head>
<body>
<header>
<h1>${session.name}</h1>
<p class="soft">Session <code>${session.id}</code>, ${session.started} to ${session.ended ?? '(still live)'}${session.reason !== null && html` (${session.reason})`}. Report made ${made.toISOString()}.</p>
</header>
<p class="note">An alert says where to look, not what someone felt. Spotting in unscripted video is an unsolved problem: expect false
alerts and misses. The networks were trained on synthetic motion and few real clips. A category is inferred from motion; it is not a fact
about a person, and inferring emotions at work or in education is prohibited in the EU (AI Act, Article 5(1)(f)).</p>
`;
}

/** Written here, not escaped: the policy names it by the hash of these very bytes. */
const STYLE_MARKUP = new Markup(STYLE);

function overview({ video, totals }: SessionRecord, kept: readonly Annotation[], withdrawn: number, duration: number): Markup {
  const count = (kind: Annotation['kind']): number => kept.filter((a) => a.kind === kind).length;
  const rows: readonly (readonly [string, string | number])[] = [
    ['Length', `${clock(duration)} (${duration.toFixed(1)} s)`],
    ['Video', video ? `${String(video.width)} × ${String(video.height)}, ${video.codec}` : 'none came'],
    ['Micro-expressions', count('micro')],
    ['Macro-expressions', count('macro')],
    ['Taken back by the spotter (blinks, head movements …)', withdrawn],
    ['Faces', new Set(kept.map((a) => a.face)).size],
    ...(totals
      ? ([
          ['Frames received', totals.frames_received],
          ['Frames analysed', totals.frames_analyzed],
          ['Frames dropped', totals.frames_dropped],
        ] as const)
      : []),
  ];
  return html`<table>${rows.map(([label, value]) => html`<tr><th scope="row">${label}</th><td>${value}</td></tr>`)}</table>${unread(totals?.unread ?? [])}`;
}

/** What was in view and could not be judged: an alert may be missing there. */
function unread(faces: NonNullable<NonNullable<SessionRecord['totals']>['unread']>): Markup {
  const rows = faces
    .flatMap(({ face, watched, regions }) =>
      Object.entries(regions).map(([region, reasons]) => ({
        face,
        watched,
        region,
        seconds: Object.values(reasons).reduce((sum, seconds) => sum + seconds, 0),
        why: Object.entries(reasons)
          .sort(([, a], [, b]) => b - a)
          .map(([reason]) => reason.replaceAll('_', ' '))
          .join(', '),
      })),
    )
    .filter(({ seconds }) => seconds >= 1);
  if (rows.length === 0) return html``;
  return html`<h3>Looked at, but not judged</h3><table><tr><th>Face</th><th>Region</th><th class="number">Seconds</th><th class="number">of</th><th>Why</th></tr>
${rows.map(({ face, region, seconds, watched, why }) => html`<tr><td>${face}</td><td>${region.replaceAll('_', ' ')}</td><td class="number">${seconds.toFixed(1)}</td><td class="number">${watched.toFixed(1)}</td><td>${why}</td></tr>`)}</table>`;
}

function actionUnits(kept: readonly Annotation[]): Markup {
  const found = new Map<string, { count: number; left: number; right: number; both: number; sure: number; unsupported: number }>();
  for (const { au, side, confidence, unsupported } of kept.flatMap((a) => a.aus)) {
    const row = found.get(au) ?? { count: 0, left: 0, right: 0, both: 0, sure: 0, unsupported: 0 };
    row.count++;
    row[side]++;
    row.sure += confidence;
    if (unsupported) row.unsupported++;
    found.set(au, row);
  }
  if (found.size === 0) return html`<p>None was read from the motion.</p>`;
  const rows = [...found].sort((a, b) => b[1].count - a[1].count || Number(a[0].slice(2)) - Number(b[0].slice(2)));
  return html`<table><tr><th>Action unit</th><th class="number">Alerts</th><th class="number">Left</th><th class="number">Right</th><th class="number">Both</th><th class="number">Mean confidence</th><th class="number">Not seen in any region</th></tr>
${rows.map(([au, row]) => html`<tr><td>${au}</td><td class="number">${row.count}</td><td class="number">${row.left}</td><td class="number">${row.right}</td><td class="number">${row.both}</td><td class="number">${(row.sure / row.count).toFixed(2)}</td><td class="number">${row.unsupported}</td></tr>`)}</table>`;
}

function alert(a: Annotation, pictures: Pictures): Markup {
  const shown = PICTURES.flatMap(([name, caption]) => {
    const png = pictures.get(name);
    return png
      ? [
          html`<figure><img alt="${caption}" src="data:image/png;base64,${Buffer.from(png).toString('base64')}"><figcaption>${caption}</figcaption></figure>`,
        ]
      : [];
  });
  return html`<article id="${a.id}">
<h3>${a.kind} at ${clock(a.apex)}, face ${a.face}</h3>
<p class="soft">Onset ${a.onset.toFixed(3)} s, apex ${a.apex.toFixed(3)} s, offset ${a.offset === null ? 'not seen' : `${a.offset.toFixed(3)} s`}; score ${a.score.toFixed(2)}; AUs ${a.aus.length === 0 ? 'none' : facsCode(a.aus)}${a.emotion && html`; category ${a.emotion.label} (${(a.emotion.probabilities[a.emotion.label] * 100).toFixed(0)} %)`}${a.incomplete && html`; incomplete: ${a.incomplete.join(', ')}`}.</p>
${shown.length > 0 && html`<div class="pictures">${shown}</div>`}
${a.rois.length > 0 && regions(a)}
${a.text !== '' && html`<p class="text">${plainText(a.text)}</p>`}
<p class="soft"><code>${a.id}</code>, flow ${a.source.flow ?? 'none'}, text ${a.source.mellm ?? 'none'}</p>
</article>`;
}

function madeWith({ made_with }: SessionRecord, kept: readonly Annotation[]): Markup {
  const sources = [
    ...new Set([...(made_with?.models ?? []), ...kept.flatMap((a) => [a.source.flow, a.source.mellm])].filter((source) => source !== null)),
  ].sort();
  const settings = Object.entries(made_with?.settings ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return html`<p>mellm-live ${made_with?.version ?? '(version not recorded)'}. Models, with the first eight digits of their SHA-256:</p>
<ul>${sources.map((source) => html`<li><code>${source}</code></li>`)}</ul>
${settings.length > 0 && html`<table><tr><th>Setting</th><th>Value</th></tr>${settings.map(([name, value]) => html`<tr><td><code>${name}</code></td><td>${value === null ? 'not set' : String(value)}</td></tr>`)}</table>`}`;
}
