import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** A metric as the table declares it. */
export interface Declaration<Label extends string, Instrument> {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labels: readonly Label[];
  readonly register: (registry: Registry) => Instrument;
}

/** The instruments of a table of declarations, by the same keys. */
export type Instruments<Table> = {
  readonly [Key in keyof Table]: Table[Key] extends Declaration<string, infer Instrument> ? Instrument : never;
};

type Series<Label extends string> = readonly Readonly<Record<Label, string>>[];

/** `zero`: the label sets that are known beforehand; they begin at 0, so that a rate sees the first event. */
export function counter<const Label extends string = never>(
  name: string,
  help: string,
  labels: readonly Label[] = [],
  zero: Series<Label> = [],
): Declaration<Label, Counter<Label>> {
  return {
    kind: 'counter',
    name,
    help,
    labels,
    register: (registry) => {
      const instrument = new Counter({ name, help, labelNames: labels, registers: [registry] });
      for (const series of zero) instrument.inc(series, 0);
      return instrument;
    },
  };
}

export function gauge<const Label extends string = never>(
  name: string,
  help: string,
  labels: readonly Label[] = [],
  zero: Series<Label> = [],
): Declaration<Label, Gauge<Label>> {
  return {
    kind: 'gauge',
    name,
    help,
    labels,
    register: (registry) => {
      const instrument = new Gauge({ name, help, labelNames: labels, registers: [registry] });
      for (const series of zero) instrument.set(series, 0);
      return instrument;
    },
  };
}

/** A gauge without labels that is left out of the exposition until it is set. */
export function absent(declared: Declaration<never, Gauge<never>>): Declaration<never, Gauge<never>> {
  return {
    ...declared,
    register: (registry) => {
      const instrument = declared.register(registry);
      instrument.remove();
      return instrument;
    },
  };
}

export function histogram<const Label extends string = never>(
  name: string,
  help: string,
  buckets: readonly number[],
  labels: readonly Label[] = [],
  zero: Series<Label> = [],
): Declaration<Label, Histogram<Label>> {
  return {
    kind: 'histogram',
    name,
    help,
    labels,
    register: (registry) => {
      const instrument = new Histogram({ name, help, buckets: [...buckets], labelNames: labels, registers: [registry] });
      for (const series of zero) instrument.zero(series);
      return instrument;
    },
  };
}

/** Registers all of a table, in its order. */
export function registerAll<Table extends Readonly<Record<string, { readonly register: (registry: Registry) => unknown }>>>(
  table: Table,
  registry: Registry,
): Instruments<Table> {
  return Object.fromEntries(Object.entries(table).map(([key, declared]) => [key, declared.register(registry)])) as Instruments<Table>;
}
