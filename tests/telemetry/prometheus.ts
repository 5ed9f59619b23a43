import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../../lab/bench/free-port.js';

/** The folder that users give to Prometheus. */
export const PROMETHEUS_FOLDER = fileURLToPath(new URL('../../grafana/prometheus', import.meta.url));
export const DASHBOARDS_FOLDER = fileURLToPath(new URL('../../grafana/dashboards', import.meta.url));

/** Why the tests with a real Prometheus can't run here, or `undefined`. */
export function prometheusMissing(): string | undefined {
  try {
    for (const program of ['prometheus', 'promtool']) execFileSync(program, ['--version'], { stdio: 'ignore' });
    return undefined;
  } catch {
    return 'skipped: prometheus and promtool are not installed (Debian: apt-get install prometheus)';
  }
}

/** Runs promtool; resolves with what it said, rejects with it where it was not content. */
export async function promtool(args: readonly string[], input = ''): Promise<string> {
  const running = promisify(execFile)('promtool', [...args], { cwd: PROMETHEUS_FOLDER });
  running.child.stdin?.end(input);
  const { stdout, stderr } = await running;
  return stdout + stderr;
}

/** A sample of an instant query. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A real Prometheus with the project's own configuration, which watches its targets every second. */
export class Prometheus {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, child: ChildProcess, folder: string) {
    this.url = url;
    this.#process = child;
    this.#folder = folder;
  }

  /**
   * `targets`: hosts and ports. `window`: seconds in the place of the minutes and hours that the rules look back (and a second in the place of
   * those for which a fault must last), so that it shows within a test. Default: the rules as they are.
   */
  static async start(targets: readonly string[], window?: number): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'mellm-prometheus-'));
    cpSync(PROMETHEUS_FOLDER, folder, { recursive: true });
    writeFileSync(join(folder, 'targets/mellm-live.yml'), `- targets: ${JSON.stringify(targets)}\n`);
    const edit = (file: string, change: (text: string) => string): void => {
      writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
    };
    edit('prometheus.yml', (text) => text.replaceAll(/(scrape|evaluation)_interval: \d+s/g, '$1_interval: 1s'));
    if (window !== undefined) {
      for (const file of readdirSync(join(folder, 'rules'))) {
        edit(`rules/${file}`, (text) =>
          text.replaceAll(/for: \d+[smh]/g, 'for: 1s').replaceAll(/(\[|offset )\d+[mhd]\b/g, `$1${String(window)}s`),
        );
      }
    }
    const port = await freePort();
    const child = spawn(
      'prometheus',
      ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=127.0.0.1:${String(port)}`, '--log.level=error'],
      { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const prometheus = new Prometheus(`http://127.0.0.1:${String(port)}`, child, folder);
    for (let i = 0; ; i++) {
      const ready = await fetch(`${prometheus.url}/-/ready`).then(
        (response) => response.ok,
        () => false,
      );
      if (ready) return prometheus;
      if (i > 150) {
        await prometheus.close();
        throw new Error('prometheus did not start');
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  /** An instant query; scalars come as one sample without labels. */
  async query(query: string): Promise<Sample[]> {
    const { status, data, error } = await this.#get(`query?query=${encodeURIComponent(query)}`);
    if (status !== 'success') throw new Error(`${query}: ${error ?? 'no reason given'}`);
    const { resultType, result } = data as { resultType: string; result: Sample[] | Sample['value'] };
    return resultType === 'scalar' ? [{ metric: {}, value: result as Sample['value'] }] : (result as Sample[]);
  }

  /** Names and annotations of the alerts that fire now. */
  async firing(): Promise<Map<string, Readonly<Record<string, string>>>> {
    const { alerts } = (await this.#get('alerts')).data as {
      alerts: { labels: Record<string, string>; annotations: Record<string, string>; state: string }[];
    };
    return new Map(
      alerts.filter(({ state }) => state === 'firing').map(({ labels, annotations }) => [labels['alertname'] ?? '', annotations]),
    );
  }

  /** What went wrong in the last scrape; empty where nothing did. */
  async scrapeError(): Promise<string> {
    const { activeTargets } = (await this.#get('targets')).data as { activeTargets: { lastError: string }[] };
    return activeTargets.map(({ lastError }) => lastError).join();
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    if (this.#process.exitCode === null) {
      this.#process.kill('SIGTERM');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #get(path: string): Promise<{ status: string; data: unknown; error?: string }> {
    return (await (await fetch(`${this.url}/api/v1/${path}`)).json()) as { status: string; data: unknown; error?: string };
  }
}
