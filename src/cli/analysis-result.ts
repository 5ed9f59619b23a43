import { basename, dirname, relative, resolve } from 'node:path';
import type { Annotation, Recording, ResultHeader } from '../events/mod.js';
import { packageVersion } from '../config/mod.js';
import { healthWarnings, type FileSource } from '../ingest/mod.js';
import type { SessionStats } from '../pipeline/mod.js';

/** What is known of an analysis when it is over. */
export interface Analysed {
  readonly video: string;
  readonly content: { readonly sha256: string; readonly bytes: number };
  readonly source: FileSource;
  /** Frames a second in place of the file's own. */
  readonly fps: number | undefined;
  readonly stats: Pick<SessionStats, 'analyzed' | 'withFace' | 'failed' | 'lastT' | 'blocked' | 'unread'>;
  readonly annotations: readonly Annotation[];
  /** Hosts of the model servers that were to write the texts; none where the embedded model was. */
  readonly textServers: readonly string[];
  /** Whether all of the file was read. */
  readonly complete: boolean;
}

/** Everything that a user must know to judge a result, a sentence each. */
export function warningsOf({ source, stats, annotations, textServers }: Analysed): string[] {
  return [
    ...healthWarnings(source.health),
    ...faceWarnings(stats),
    ...modelWarnings(annotations, textServers),
    ...blockWarnings(stats),
    ...unreadWarnings(stats),
  ];
}

export function headerOf(analysed: Analysed): ResultHeader {
  const { video, content, source, fps, stats, annotations, complete } = analysed;
  const { decodeErrors, corruptFrames, strayTimestamps, timestampJumps, start } = source.health;
  return {
    program: `mellm-live ${packageVersion()}`,
    file: { name: basename(video), ...content },
    video: source.format,
    start,
    duration: Number(stats.lastT.toFixed(3)),
    ...(fps === undefined ? {} : { fps }),
    frames: {
      analyzed: stats.analyzed,
      with_face: stats.withFace,
      not_analyzed: stats.failed,
      not_decoded: decodeErrors,
      damaged: corruptFrames,
      stray_timestamps: strayTimestamps,
      timestamp_jumps: timestampJumps,
    },
    sources: { flow: countsOf(annotations.map((a) => a.source.flow)), text: countsOf(annotations.map((a) => a.source.mellm)) },
    complete,
    warnings: warningsOf(analysed),
  };
}

/** The recording as the result's files name it. `out`: the result's own path, `-` for stdout. */
export function recordingOf(video: string, out: string, source: FileSource, fps: number | undefined): Recording {
  const path = resolve(video);
  const near = relative(out === '-' ? process.cwd() : dirname(resolve(out)), path);
  // On another drive nothing leads there.
  const related = resolve(near) === near ? {} : { relativePath: near };
  const pace = fps !== undefined && source.fps !== undefined ? { pace: fps / source.fps } : {};
  return {
    name: basename(video),
    path,
    ...related,
    start: source.health.start,
    ...pace,
    ...(source.fps === undefined ? {} : { frame: 1 / source.fps }),
  };
}

/** Share of frames with a face below which it is said. */
const FEW_FACES = 0.1;

/** An empty result must not look like a quiet face. */
function faceWarnings({ analyzed, withFace, failed }: Analysed['stats']): string[] {
  return [
    ...(failed > 0 ? [`${String(failed)} frames could not be analysed because a thread failed; run the command again`] : []),
    ...(analyzed === 0
      ? ['no frame was analysed']
      : withFace === 0
        ? ['no face was found in any frame']
        : withFace < FEW_FACES * analyzed
          ? [`a face was found in only ${String(withFace)} of ${String(analyzed)} frames`]
          : []),
  ];
}

function countsOf(sources: readonly (string | null)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const source of sources) if (source !== null) counts[source] = (counts[source] ?? 0) + 1;
  return counts;
}

/** Texts or flow that another model than the one asked for made, or none. */
function modelWarnings(annotations: readonly Annotation[], textServers: readonly string[]): string[] {
  const texts = annotations.filter(({ source }) => source.mellm !== null);
  const fallbacks =
    textServers.length === 0 ? [] : texts.filter(({ source }) => !textServers.some((host) => source.mellm?.startsWith(`${host}/`)));
  const models = (what: 'flow' | 'mellm'): string[] => Object.keys(countsOf(annotations.map(({ source }) => source[what])));
  const without = (part: 'flow' | 'mellm'): number => annotations.filter(({ incomplete }) => incomplete?.includes(part)).length;
  const of = `of ${String(annotations.length)} annotations`;
  return [
    ...(fallbacks.length > 0
      ? [
          `the texts of ${String(fallbacks.length)} ${of} come from a model other than that of ${textServers.join(', ')}: ${models('mellm').join(', ')}`,
        ]
      : []),
    ...(fallbacks.length === 0 && models('mellm').length > 1 ? [`the texts are from several models: ${models('mellm').join(', ')}`] : []),
    ...(models('flow').length > 1 ? [`the motion was measured by several models: ${models('flow').join(', ')}`] : []),
    ...(without('flow') > 0 ? [`${String(without('flow'))} ${of} have no measured motion`] : []),
    ...(without('mellm') > 0 ? [`${String(without('mellm'))} ${of} have no text`] : []),
  ];
}

/** A region that could not be read for this share of its face's time is named. */
const OFTEN_UNREAD = 0.2;

/** Regions that were often not read, face by face: nothing found there means little. */
function unreadWarnings({ unread }: Analysed['stats']): string[] {
  return unread.totals().flatMap(({ face, watched, regions }) => {
    const often = Object.entries(regions)
      .map(([region, reasons]) => [region, Object.values(reasons).reduce((sum, seconds) => sum + seconds, 0), reasons] as const)
      .filter(([, seconds]) => seconds >= 1 && seconds >= OFTEN_UNREAD * watched)
      .sort(([, a], [, b]) => b - a);
    if (often.length === 0) return [];
    const said = often.map(([region, seconds, reasons]) => `${region} ${seconds.toFixed(1)} s (${Object.keys(reasons).join(', ')})`);
    return [`face ${face}, in view for ${watched.toFixed(1)} s: regions that could not be measured: ${said.join(', ')}`];
  });
}

/** For how long, and why, faces were in view but seen too badly to spot on; none below a second. */
function blockWarnings({ blocked, analyzed, lastT }: Analysed['stats']): string[] {
  const worst = [...blocked].filter(([, seconds]) => seconds >= 1).sort(([, a], [, b]) => b - a);
  if (worst.length === 0) return [];
  const few = blocked.has('few_frames')
    ? ` (few_frames: about ${(analyzed / Math.max(lastT, 1)).toFixed(1)} frames per second; below 15, brief movements are missed between frames)`
    : '';
  return [
    `faces were in view, but the image quality was too low to rely on the findings: ${worst.map(([fault, seconds]) => `${fault} ${seconds.toFixed(1)} s`).join(', ')}${few}`,
  ];
}
