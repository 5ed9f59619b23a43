import { IncomingMessage } from 'node:http';

/**
 * A request that counts as an upgrade only where it asks for a WebSocket. A server may ignore any other `Upgrade` and answer as if
 * it were not there (RFC 9110 section 7.8): curl, for one, offers `h2c` with every plain request when told to prefer HTTP/2.
 * Node before 24.9 has no other way to say so for a single request: it sets `upgrade` when it has read the head, and then asks for it.
 */
export class IncomingRequest extends IncomingMessage {
  // No field of the language's own: Node's constructor sets `upgrade` before those exist.
  declare private asked: boolean | null;

  get upgrade(): boolean | null {
    // CONNECT has no answer other than the end of the connection, which Node gives.
    return this.asked === true && this.method !== 'CONNECT' ? asksForWebSocket(this) : this.asked;
  }

  set upgrade(asked: boolean | null) {
    this.asked = asked;
  }
}

/** Whether `websocket` is among the protocols of the `Upgrade` header. */
function asksForWebSocket({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return (headers.upgrade ?? '').split(',').some((protocol) => protocol.trim().toLowerCase() === 'websocket');
}
