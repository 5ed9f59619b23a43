/** What a span may say: ids and kinds, never names, text or what was inferred of a person. */
export type TraceAttributes = Readonly<Record<string, string | number | boolean>>;

/** One alert's way from frame to text, as it happens. Times are milliseconds since the epoch. */
export interface AlertTrace {
  /** Runs a step and tells how long it took; what it throws marks the step and goes on to the caller. */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** A step that is over. */
  past(name: string, began: number, ended: number, attributes?: TraceAttributes): void;
  /** A moment. */
  event(name: string): void;
  /** The way's end; what was going on is cut off there. Idempotent. */
  close(attributes?: TraceAttributes): void;
}

/** Where traces go. */
export interface Tracing {
  /** Begins an alert's trace at the moment its apex frame arrived. */
  alert(began: number, attributes: TraceAttributes): AlertTrace;
  /** Sends what waits and stops. */
  close(): Promise<void>;
}

/** An alert whose way nobody asked for. */
export const UNTRACED: AlertTrace = {
  step: (_name, work) => work(),
  past: () => undefined,
  event: () => undefined,
  close: () => undefined,
};

export interface TracingOptions {
  /** Base URL of an OTLP/HTTP receiver, e.g. `http://127.0.0.1:4318`; default the standard OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint?: string | undefined;
  /** The package's version. */
  readonly version: string;
  /** Told when traces can't be delivered, at most once a minute. */
  readonly onProblem: (error: Error) => void;
  /** Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts tracing where an endpoint is named. Without one, `undefined`, and nothing of OpenTelemetry is loaded. */
export async function startTracing({ endpoint, version, onProblem, env = process.env }: TracingOptions): Promise<Tracing | undefined> {
  const url =
    endpoint === undefined
      ? (env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? tracesPath(env['OTEL_EXPORTER_OTLP_ENDPOINT']))
      : tracesPath(endpoint);
  if (url === undefined || url === '') return undefined;
  const { OtlpTracing } = await import('./otlp-tracing.js');
  return new OtlpTracing({ url, version, onProblem, serviceName: env['OTEL_SERVICE_NAME'] ?? 'mellm-live' });
}

/** The traces' own path below the base URL (OTLP specification, "Endpoint URLs for OTLP/HTTP"). */
function tracesPath(base: string | undefined): string | undefined {
  if (base === undefined || base === '') return undefined;
  return base.endsWith('/v1/traces') ? base : `${base.replace(/\/+$/, '')}/v1/traces`;
}
