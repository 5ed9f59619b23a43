import { setDefaultSocket } from './client.js';
import type { SocketLike } from './event-stream.js';

/** The entry for Node.js: the same, with a WebSocket also where Node.js has none of its own (before version 22). */
export * from './index.js';

if (typeof WebSocket === 'undefined') {
  const { WebSocket: Socket } = await import('ws');
  setDefaultSocket((url, protocols) => {
    const socket = new Socket(url, protocols);
    // A failed connection is followed by `close`; without a listener it would end the process.
    socket.on('error', () => undefined);
    return socket as SocketLike;
  });
}
