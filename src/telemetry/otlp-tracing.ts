import { ROOT_CONTEXT, SpanStatusCode, trace, type Context, type Span, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { agentFor } from '../common/proxy-agent.js';
import type { AlertTrace, TraceAttributes, Tracing } from './tracing.js';

/** Milliseconds between two complaints about a receiver that can't be reached. */
const COMPLAINT_INTERVAL = 60_000;

export interface OtlpOptions {
  /** Where spans are posted, `…/v1/traces`. */
  readonly url: string;
  readonly version: string;
  readonly serviceName: string;
  readonly onProblem: (error: Error) => void;
}

/** Traces of alerts by OTLP over HTTP (JSON). Headers and the like come from OpenTelemetry's own environment variables. */
export class OtlpTracing implements Tracing {
  readonly #provider: BasicTracerProvider;
  readonly #tracer: Tracer;

  constructor({ url, version, serviceName, onProblem }: OtlpOptions) {
    this.#provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
      spanProcessors: [
        new BatchSpanProcessor(
          new Complaining(
            new OTLPTraceExporter({ url, timeoutMillis: 5000, httpAgentOptions: () => agentFor(new URL(url), { maxSockets: 2 }) }),
            onProblem,
          ),
          {
            // An alert makes about ten spans; what does not fit while the receiver is away is dropped, not kept without bound.
            maxQueueSize: 2048,
            maxExportBatchSize: 256,
            scheduledDelayMillis: 1000,
          },
        ),
      ],
    });
    this.#tracer = this.#provider.getTracer('mellm-live', version);
  }

  alert(began: number, attributes: TraceAttributes): AlertTrace {
    return new OtlpAlert(this.#tracer, this.#tracer.startSpan('alert', { startTime: began, attributes }, ROOT_CONTEXT));
  }

  async close(): Promise<void> {
    await this.#provider.shutdown().catch(() => undefined);
  }
}

class OtlpAlert implements AlertTrace {
  readonly #tracer: Tracer;
  readonly #root: Span;
  readonly #context: Context;
  readonly #running = new Set<Span>();

  constructor(tracer: Tracer, root: Span) {
    this.#tracer = tracer;
    this.#root = root;
    this.#context = trace.setSpan(ROOT_CONTEXT, root);
  }

  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const span = this.#tracer.startSpan(name, { startTime: Date.now() }, this.#context);
    this.#running.add(span);
    try {
      return await work();
    } catch (error) {
      const code = (error as { code?: unknown } | undefined)?.code;
      span.setStatus({ code: SpanStatusCode.ERROR, message: typeof code === 'string' ? code : 'failed' });
      throw error;
    } finally {
      if (this.#running.delete(span)) span.end(Date.now());
    }
  }

  past(name: string, began: number, ended: number, attributes: TraceAttributes = {}): void {
    this.#tracer.startSpan(name, { startTime: began, attributes }, this.#context).end(Math.max(began, ended));
  }

  event(name: string): void {
    this.#root.addEvent(name, Date.now());
  }

  close(attributes: TraceAttributes = {}): void {
    if (!this.#root.isRecording()) return;
    for (const span of this.#running) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'aborted' });
      span.end(Date.now());
    }
    this.#running.clear();
    this.#root.setAttributes(attributes);
    this.#root.end(Date.now());
  }
}

/** An exporter that says so when it could not deliver; OpenTelemetry itself stays silent. */
class Complaining implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #onProblem: (error: Error) => void;
  #complainedAt = -Infinity;

  constructor(exporter: SpanExporter, onProblem: (error: Error) => void) {
    this.#exporter = exporter;
    this.#onProblem = onProblem;
  }

  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    this.#exporter.export(spans, (result) => {
      const now = performance.now();
      if (result.error && now - this.#complainedAt > COMPLAINT_INTERVAL) {
        this.#complainedAt = now;
        this.#onProblem(result.error);
      }
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }
}
