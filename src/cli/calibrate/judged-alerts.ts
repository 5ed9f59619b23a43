import { matchWindows } from '../../events/agreement/mod.js';
import type { CodedWindow, Coder } from '../../events/coding/mod.js';
import type { JudgedScore } from '../../spotting/mod.js';
import { CliError } from '../cli-error.js';

/** Alerts that coders judged. */
export interface JudgedAlerts {
  readonly judged: readonly JudgedScore[];
  readonly coders: readonly string[];
}

/**
 * The machine's alerts as each coder judges them: by their verdict, where the coding is the export of a reviewed session, else by whether the
 * coder has a window there (IoU of at least one half) in a recording that they coded. @throws {CliError}
 */
export function judgedAlerts(coders: readonly Coder[]): JudgedAlerts {
  const machines = coders.filter(({ windows }) => windows.length > 0 && windows.every(({ score }) => score !== undefined));
  const [machine, other] = machines;
  if (!machine || other)
    throw new CliError(
      machine
        ? `${machine.name} and ${other?.name ?? ''} both have scores; give the findings of the machine under one name: machine=FILE`
        : 'no coding has the scores of the machine: give its CSV or ELAN file too',
      { exitCode: 2 },
    );
  const people = coders.filter((one) => one !== machine);
  if (people.length === 0) throw new CliError('calibrate needs the coding of a person beside that of the machine', { exitCode: 2 });
  return { judged: people.flatMap((person) => judgedBy(person, machine.windows)), coders: people.map(({ name }) => name) };
}

function judgedBy({ windows, verdicts }: Coder, alerts: readonly CodedWindow[]): JudgedScore[] {
  if (verdicts && verdicts.size > 0)
    return alerts.flatMap(({ id, score = 0 }) => {
      const verdict = id === undefined ? undefined : verdicts.get(id);
      return verdict === undefined ? [] : [{ score, right: verdict === 'accepted' }];
    });
  const coded = [...new Set(windows.map(({ file }) => file))];
  return coded.flatMap((file) => {
    const own = alerts.filter((alert) => alert.file === file);
    const found = new Set(
      matchWindows(
        windows.filter((window) => window.file === file),
        own,
      ).map(([, alert]) => alert),
    );
    return own.map((alert) => ({ score: alert.score ?? 0, right: found.has(alert) }));
  });
}
