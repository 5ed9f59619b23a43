import { IncomingMessage } from 'node:http';

/**
 * A request that counts as an upgrade only if it asks for a WebSocket. A server may ignore any other `Upgrade` header
 * (RFC 9110 section 7.8): curl, for example, offers `h2c` with every plain request if HTTP/2 is preferred.
 * Before Node 24.9 this is the only way to decide per request: Node sets `upgrade` when it has parsed the head, and reads it later.
 */
export class IncomingRequest extends IncomingMessage {
  // `declare`: Node's constructor sets `upgrade` before class fields are initialised.
  declare private asked: boolean | null;

  get upgrade(): boolean | null {
    // Node answers CONNECT by closing the connection.
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
