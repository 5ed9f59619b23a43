/** What a benchmark measured. */
export interface BenchResult {
  readonly name: string;
  /** By name, which holds the unit. */
  readonly results: Readonly<Record<string, number | string>>;
}

/** Settings that benchmarks may heed. */
export interface BenchOptions {
  /** Minutes that the long ones run. */
  readonly minutes: number;
  /** A nats-server that runs already, `nats://host:port`. Default: those that need one start one. */
  readonly nats?: string | undefined;
  /** File of costs to size by. Default docs/scale-costs.json. */
  readonly costs?: string | undefined;
  /** Sessions at a time, where a benchmark heeds it. Default 1. */
  readonly sessions?: number | undefined;
}

/** A benchmark that can be asked for by name. */
export interface Bench {
  readonly name: string;
  /** One line: what it measures, on what, beside what. */
  readonly title: string;
  /** Runs only when named: it takes many minutes. */
  readonly long?: boolean;
  run(options: BenchOptions): Promise<BenchResult>;
}
