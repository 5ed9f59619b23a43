import type { Dialect, PromptKind } from '../dialect.js';
import type { BreakerOptions } from '../../runtime/model-server/breaker.js';

/** An OpenAI-compatible server, and how it is asked. */
export interface EndpointOptions {
  /** Base URL, e.g. `http://localhost:8000/v1`; a URL that ends in `/chat/completions` is taken as it is. */
  readonly url: string;
  /** The model's name as the server knows it. */
  readonly model: string;
  readonly key?: string | undefined;
  /** Default `mellm`. */
  readonly dialect?: Dialect;
  /** Default `regions`. */
  readonly prompt?: PromptKind;
  /** Default true. */
  readonly emotion?: boolean;
  /** Requests under way at a time. Default 4. */
  readonly concurrency?: number;
  /** Requests that may wait for a place. Default 32. */
  readonly queue?: number;
  /** Milliseconds that a request may wait for a place. Default 6000. */
  readonly queueTimeout?: number;
  /** Milliseconds until the connection stands. Default 3000. */
  readonly connectTimeout?: number;
  /** Milliseconds from sending to the first token. Default 8000. */
  readonly firstTokenTimeout?: number;
  /** Milliseconds for all of one description, retries included. Default 14 000: an annotation closes after 20 s. */
  readonly totalTimeout?: number;
  /** Milliseconds that a patient request waits for the server's next sign of life, and then for the end of its answer. Default 600 000. */
  readonly patientTimeout?: number;
  /** Further attempts before the first token. Default 2. */
  readonly retries?: number;
  /** Tokens asked for at most. Default 2048; the published model reasons at length, so 16 384 in the paper's dialect. */
  readonly maxTokens?: number | undefined;
  readonly breaker?: BreakerOptions;
}
