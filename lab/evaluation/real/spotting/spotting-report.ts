import type { Alert, JudgedStream, JudgedTruth } from './judge-stream.js';

/** Recall of a group of injections. */
export interface GroupRecall {
  readonly injected: number;
  readonly byOverlap: number;
  readonly byApex: number;
}

/** What a spotter made of one clip. */
export interface SpottedClip {
  readonly clip: string;
  readonly person: string;
  readonly skin: string;
  readonly fps: number;
  readonly minutes: number;
  readonly quietMinutes: number;
  /** With injections, one for each seed. */
  readonly streams: readonly JudgedStream[];
  /** On the untouched clip. */
  readonly alerts: readonly Alert[];
}

export interface SpottingMetrics {
  readonly all: GroupRecall;
  /** Own region quiet, peak from 1 px on. */
  readonly quietFrom1: GroupRecall;
  /** Upper face, from 2 px on, while the mouth moves. */
  readonly upperWhileTalking: GroupRecall;
  /** At an IoU of 0.5, over the streams with injections; what people did by themselves counts as false. */
  readonly precision: number | null;
  readonly f1: number | null;
  readonly groups: Readonly<Record<string, Readonly<Record<string, GroupRecall>>>>;
  /** Micro-expressions a minute that were reported in the untouched clips. */
  readonly alertsPerMinute: { readonly all: number; readonly quiet: number; readonly other: number };
  readonly alerts: number;
  readonly minutes: number;
  readonly quietMinutes: number;
}

type Case = JudgedTruth & Pick<SpottedClip, 'clip' | 'skin' | 'fps'>;

/** Ways to group injections. */
const GROUPS: Readonly<Record<string, (truth: Case) => string>> = {
  own_region: ({ quiet }) => (quiet ? 'quiet' : 'busy'),
  peak: ({ peak }) => peakBin(peak),
  quiet_peak: ({ quiet, peak }) => `${quiet ? 'quiet' : 'busy'} ${peakBin(peak)}`,
  face: ({ upper }) => (upper ? 'upper' : 'lower'),
  mouth: ({ talking }) => (talking ? 'moving' : 'still'),
  fps: ({ fps }) => String(Math.round(fps)),
  skin: ({ skin }) => skin,
  region: ({ region }) => region,
  clip: ({ clip }) => clip,
};

export function spottingMetrics(clips: readonly SpottedClip[]): SpottingMetrics {
  const cases = clips.flatMap(({ clip, skin, fps, streams }) =>
    streams.flatMap(({ truths }) => truths.map((truth): Case => ({ ...truth, clip, skin, fps }))),
  );
  const all = recallOf(cases);
  const windows = sum(clips.flatMap(({ streams }) => streams.map((stream) => stream.windows)));
  const minutes = sum(clips.map((clip) => clip.minutes)),
    quietMinutes = sum(clips.map((clip) => clip.quietMinutes));
  const alerts = clips.flatMap((clip) => clip.alerts),
    quiet = alerts.filter((alert) => alert.quiet).length;
  return {
    all,
    quietFrom1: recallOf(cases.filter((truth) => truth.quiet && truth.peak >= 1)),
    upperWhileTalking: recallOf(cases.filter((truth) => truth.upper && truth.talking && truth.peak >= 2)),
    precision: windows === 0 ? null : all.byOverlap / windows,
    f1: windows + all.injected === 0 ? null : (2 * all.byOverlap) / (windows + all.injected),
    groups: Object.fromEntries(Object.entries(GROUPS).map(([name, keyOf]) => [name, grouped(cases, keyOf)])),
    alertsPerMinute: {
      all: rate(alerts.length, minutes),
      quiet: rate(quiet, quietMinutes),
      other: rate(alerts.length - quiet, minutes - quietMinutes),
    },
    alerts: alerts.length,
    minutes,
    quietMinutes,
  };
}

/** The least score at which no more than so many alerts a minute are left on the untouched clips. */
export function scoreFor(clips: readonly Pick<SpottedClip, 'alerts' | 'minutes'>[], perMinute: number): number {
  const scores = clips.flatMap(({ alerts }) => alerts.map(({ score }) => score)).sort((a, b) => b - a);
  const allowed = Math.floor(perMinute * sum(clips.map(({ minutes }) => minutes)));
  return allowed >= scores.length ? -Infinity : scores[allowed]! + 1e-9;
}

function grouped(cases: readonly Case[], keyOf: (truth: Case) => string): Record<string, GroupRecall> {
  const keys = [...new Set(cases.map(keyOf))].sort();
  return Object.fromEntries(keys.map((key) => [key, recallOf(cases.filter((truth) => keyOf(truth) === key))]));
}

function recallOf(cases: readonly JudgedTruth[]): GroupRecall {
  return {
    injected: cases.length,
    byOverlap: cases.filter(({ byOverlap }) => byOverlap).length,
    byApex: cases.filter(({ byApex }) => byApex).length,
  };
}

function peakBin(peak: number): string {
  return peak < 1 ? '<1' : peak < 2 ? '1-2' : '>=2';
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function rate(count: number, minutes: number): number {
  return minutes > 0 ? count / minutes : 0;
}
