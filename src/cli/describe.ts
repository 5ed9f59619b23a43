import type { Command } from 'commander';
import { FlowEstimator, type FlowReport } from '../flow/mod.js';
import { describerOptions, startDescriber, unitName, type Description } from '../llm/mod.js';
import { CliError } from './cli-error.js';
import { readImagePair } from './image-pair.js';
import { addLlmOptions, llmConfig, type LlmFlags } from './llm-options.js';

interface Options extends LlmFlags {
  json?: boolean;
  align: boolean;
}

/** `describe ONSET APEX`: what moved between two pictures of a face, and what it may mean. */
export function register(program: Command): void {
  addLlmOptions(
    program.command('describe').description("what moved between two images of a face: regions, MELLM's text, action units, category"),
  )
    .argument('<onset>', 'onset image')
    .argument('<apex>', 'apex image, of the same size')
    .option('--json', 'one JSON object: aus, emotion, rois, text, source')
    .option('--no-align', 'the images are already face crops: they are resized to 224 pixels and not registered')
    .option('--config <file>', 'YAML file of settings')
    .action(run);
}

async function run(onset: string, apex: string, options: Options): Promise<void> {
  const config = llmConfig(options);
  const report = await measure(onset, apex, options.align);
  if (!options.json) process.stdout.write(`${table(report)}\n`);
  const describer = await startDescriber({
    ...describerOptions(config),
    onProblem: (message, error) => {
      process.stderr.write(`mellm-live: ${message} (${error.message})\n`);
    },
  });
  try {
    const description = await describer.describe(
      report,
      (delta) => {
        if (!options.json) process.stdout.write(delta);
      },
      new AbortController().signal,
      { patient: true },
    );
    process.stdout.write(
      options.json
        ? `${JSON.stringify(asJson(description, report), undefined, 2)}\n`
        : `\n\n${verdict(description, report, config.llm.emotion)}`,
    );
  } catch (cause) {
    throw new CliError(`no description: ${(cause as Error).message}`, { cause });
  } finally {
    await describer.close();
  }
}

async function measure(onset: string, apex: string, align: boolean): Promise<FlowReport> {
  const { crops, landmarks, apexLandmarks } = await readImagePair(onset, apex, { align, landmarks: true });
  if (!landmarks) throw new CliError(`no face found in ${onset}`);
  const estimator = await FlowEstimator.start({
    device: 'cpu',
    maxBatch: 1,
    maxWait: 0,
    onNotice: (notice) => {
      process.stderr.write(`mellm-live: ${notice}\n`);
    },
  });
  try {
    return await estimator.measure({
      session: 'cli',
      annotation: 'describe',
      onsetCrop: crops.onset,
      apexCrop: crops.apex,
      landmarks,
      ...(apexLandmarks ? { apexLandmarks } : {}),
      includeImages: true,
    });
  } finally {
    await estimator.close();
  }
}

/** The fields of a closed annotation (docs: annotation), as far as a pair of pictures has them. */
function asJson({ aus, emotion, text, source }: Description, report: FlowReport): Record<string, unknown> {
  return { aus, emotion: emotion ?? null, rois: report.rois, text, source: { flow: report.source, mellm: source } };
}

function table({ rois, head, source }: FlowReport): string {
  const line = (cells: readonly string[]): string =>
    `${(cells[0] ?? '').padEnd(34)}${cells
      .slice(1, 5)
      .map((cell) => cell.padStart(8))
      .join('')}  ${cells[5] ?? ''}`;
  return [
    `${source}; pixels of the 224-pixel face crop, sides of the image; head ${head.u.toFixed(2)}, ${head.v.toFixed(2)} px${head.method ? ` by ${head.method}` : ''}`,
    line(['region', 'mean', 'error', 'max', 'conc.', 'direction']),
    ...rois.map((r) =>
      line([
        r.region,
        r.mean_magnitude.toFixed(3),
        r.sigma?.toFixed(3) ?? '',
        r.max_magnitude.toFixed(3),
        r.concentration.toFixed(2),
        r.angle_deg === null ? r.direction : `${r.direction} (${r.angle_deg.toFixed(0)}°)`,
      ]),
    ),
    '',
  ].join('\n');
}

function verdict({ aus, emotion, nothing, source }: Description, { source: flow }: FlowReport, asked: boolean): string {
  const units = aus.map(({ au, side, confidence, unsupported }) => {
    const name = unitName(Number(au.slice(2)));
    return `${au}${name === undefined ? '' : ` ${name}`}${side === 'both' ? '' : `, ${side}`} (${percent(confidence)}${unsupported ? '; no region supports it' : ''})`;
  });
  const lines = [`action units: ${units.length === 0 ? 'none' : units.join('; ')}`];
  if (emotion) {
    const odds = Object.entries(emotion.probabilities)
      .sort(([, a], [, b]) => b - a)
      .map(([label, p]) => `${label} ${percent(p)}`);
    lines.push(`category: ${emotion.label === 'other' ? 'open' : emotion.label} (${odds.join(', ')})`);
  } else if (nothing && asked) lines.push('no expression');
  return `${[...lines, `source: ${flow}, ${source}`].join('\n')}\n`;
}

function percent(p: number): string {
  return `${String(Math.round(p * 100))} %`;
}
