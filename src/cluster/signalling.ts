import { createHash } from 'node:crypto';
import { headers, type Subscription } from '@nats-io/transport-node';
import { z } from 'zod';
import type { Nats } from './nats/mod.js';
import type { Nodes } from './nodes.js';
import { answer, ask, fromBytes, toBytes } from './request.js';

/** SHA-256: neither tokens nor the secrets of WHIP resources are sent over the bus. */
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const SDP = 1_048_576;

/** Whoever accesses a resource: its token, and its identity as established by the process that received the request. */
const bearerSchema = z.object({
  token: digest.optional().describe('of the token that came with the request'),
  identity: z.object({ session: z.string().optional() }).optional().describe('it may publish: under this name, or any'),
});

/** Requests to the process that runs, or should accept, a publisher. */
const requestSchema = z.discriminatedUnion('do', [
  z.object({
    v: z.literal(1),
    do: z.literal('begin'),
    key: digest.describe("of the resource's secret"),
    offer: z.string().max(SDP),
    name: z.string().max(64).optional(),
    holder: z.string().max(64).optional().describe('by which sessions of a token are counted'),
    writer: z.string().max(64).optional().describe('token or address that a session is counted against'),
    token: digest.optional(),
  }),
  z.object({ v: z.literal(1), do: z.literal('find'), key: digest, by: bearerSchema }),
  z.object({
    v: z.literal(1),
    do: z.literal('trickle'),
    key: digest,
    by: bearerSchema,
    fragment: z.string().max(SDP),
    if_match: z.string().optional(),
  }),
  z.object({ v: z.literal(1), do: z.literal('end'), key: digest, by: bearerSchema }),
]);
export type SignallingRequest = z.infer<typeof requestSchema>;

const responseSchema = z.discriminatedUnion('is', [
  z.object({
    is: z.literal('begun'),
    answer: z.string().max(SDP),
    etag: z.string().max(256),
    session: z.string().max(64),
    links: z.array(z.string().max(2048)).max(32),
  }),
  z.object({ is: z.literal('found'), found: z.boolean() }),
  z.object({ is: z.literal('trickled'), body: z.string().max(SDP).optional(), etag: z.string().max(256) }),
  z.object({ is: z.literal('ended') }),
  z.object({
    is: z.literal('refused'),
    status: z.int().min(400).max(599),
    title: z.string().max(100),
    code: z.string().max(64),
    detail: z.string().max(2000),
    retry_after: z.number().positive().optional().describe('seconds'),
  }),
]);
export type SignallingResponse = z.infer<typeof responseSchema>;

/** Largest response, bytes. */
const MAX_RESPONSE_BYTES = 2 * SDP;

/**
 * WHIP signalling between processes: the one that received the HTTP request forwards it to the one that runs the session, or should
 * start it. It uses NATS, so that it reaches processes of this installation only.
 */
export class Signalling {
  readonly #nats: Nats;
  readonly #nodes: () => Nodes | undefined;
  #subscription: Subscription | undefined;

  /** @param nodes available once this process is announced */
  constructor(nats: Nats, nodes: () => Nodes | undefined) {
    this.#nats = nats;
    this.#nodes = nodes;
  }

  get connected(): boolean {
    return this.#nats.connected;
  }

  /** Tag of this process in the path of its resources. */
  get tag(): string {
    return tagOf(this.#nats.node);
  }

  /** Handles the requests of other processes. */
  serve(handle: (request: SignallingRequest) => Promise<SignallingResponse>): void {
    this.#subscription ??= this.#nats.nc.subscribe(this.#nats.subject('whip', this.#nats.node), {
      callback: (error, message) => {
        if (error) return;
        void answer(
          message,
          async (question) => toBytes(await handle(requestSchema.parse(question))),
          (text) => {
            const head = headers();
            head.set('Mellm-Error', text);
            return { headers: head };
          },
        );
      },
    });
  }

  /** The least loaded other process, except `apart`; undefined where all are full. */
  leastLoaded(apart: ReadonlySet<string>): string | undefined {
    return this.#nodes()?.leastLoaded(apart)?.node;
  }

  /** The process with this tag, if it is known. */
  named(tag: string): string | undefined {
    return this.#nodes()
      ?.known('ingest')
      .find(({ node }) => tagOf(node) === tag)?.node;
  }

  tagOf(node: string): string {
    return tagOf(node);
  }

  /**
   * Sends a request to a process.
   *
   * @param timeout milliseconds to wait for the response
   * @throws NobodyError where it has gone; BusError where it failed or did not answer in time
   */
  async ask(node: string, request: SignallingRequest, timeout: number): Promise<SignallingResponse> {
    const most = this.#nats.nc.info?.max_payload ?? SDP;
    if (Buffer.byteLength(JSON.stringify(request)) > most) {
      return {
        is: 'refused',
        status: 413,
        title: 'Content Too Large',
        code: 'too_large',
        detail: `the body exceeds the ${String(most)} bytes that NATS accepts in one message`,
      };
    }
    return responseSchema.parse(fromBytes(await ask(this.#nats, this.#nats.subject('whip', node), request, timeout, MAX_RESPONSE_BYTES)));
  }

  close(): void {
    this.#subscription?.unsubscribe();
  }
}

/** Names a process in a path that publishers see: a 48-bit digest, the same at every process, which hides the host name. */
function tagOf(node: string): string {
  return createHash('sha256').update(node).digest('base64url').slice(0, 8);
}
