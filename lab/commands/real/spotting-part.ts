import { isSpotter } from '../../evaluation/mod.js';
import {
  evaluateRealSpotting,
  MATCHED,
  SignalsExport,
  StripWriter,
  type GroupRecall,
  type SpottingMetrics,
} from '../../evaluation/real/mod.js';
import { CliError } from '../../../src/cli/cli-error.js';
import { checkOutputFolder } from '../../../src/cli/output-file.js';
import type { RealOptions, RealPart } from './real-options.js';

/** `--part spotting`. */
export const spottingPart: RealPart = async ({ models, library, chosen, onProgress, ...run }, options) => {
  const spotters = options.spotter
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = spotters.find((name) => name !== MATCHED && !isSpotter(name));
  if (unknown !== undefined || spotters.length === 0)
    throw new CliError(`--spotter ${options.spotter}: expected learned, learned@N, rule or ${MATCHED}`, { exitCode: 2 });
  for (const name of ['strips', 'signals'] as const) if (options[name] !== undefined) await checkOutputFolder(`--${name}`, options[name]);
  const clips = await chosen();
  const evaluation = await evaluateRealSpotting(models, library, clips, {
    ...run,
    spotters,
    onClip: (done) => {
      onProgress(done, clips.length);
    },
    ...(options.strips === undefined ? {} : { strips: new StripWriter(options.strips) }),
    ...(options.signals === undefined ? {} : { signals: new SignalsExport(options.signals, options.split, conditionName(options)) }),
  });
  return {
    json: { rule: RULE, ...evaluation },
    text: `${RULE}\n${Object.entries(evaluation.spotters)
      .map(([name, metrics]) => table(name, metrics))
      .join('\n')}`,
  };
};

const RULE =
  "found by overlap (IoU >= 0.5, one window a truth) / by apex (a window's apex between onset and offset) of injected; " +
  'peaks in px on a face whose pupils are 76 px apart';

function conditionName({ encoder, light, fps }: RealOptions): string {
  return [encoder.replace(':', '_'), ...(light === 'none' ? [] : [light]), ...(fps === undefined ? [] : [`${fps}fps`])].join('-');
}

function table(
  name: string,
  { all, quietFrom1, upperWhileTalking, precision, f1, groups, alertsPerMinute, minutes, quietMinutes }: SpottingMetrics,
): string {
  const shown = Object.entries(groups).filter(([group]) => group !== 'clip');
  return `${[
    `${name}: all ${recall(all)}, quiet from 1 px on ${recall(quietFrom1)}, ` +
      `upper face from 2 px on while the mouth moves ${recall(upperWhileTalking)}; ` +
      `precision ${ratio(precision)}, F1 ${ratio(f1)}`,
    `  alerts a minute on the untouched clips: ${alertsPerMinute.all.toFixed(2)} (${minutes.toFixed(1)} min); ` +
      `face quiet ${alertsPerMinute.quiet.toFixed(2)} (${quietMinutes.toFixed(1)} min), else ${alertsPerMinute.other.toFixed(2)}`,
    ...shown.map(
      ([group, values]) =>
        `  ${group.padEnd(12)}${Object.entries(values)
          .map(([key, value]) => `${key} ${recall(value)}`)
          .join(', ')}`,
    ),
  ].join('\n')}\n`;
}

function recall({ injected, byOverlap, byApex }: GroupRecall): string {
  return `${String(byOverlap)}/${String(byApex)} of ${String(injected)}`;
}

function ratio(value: number | null): string {
  return value === null ? '-' : value.toFixed(2);
}
