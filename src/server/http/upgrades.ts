import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { stripBasePath } from './base-path.js';
import type { Guard } from './guard.js';
import { ProblemError, type Problem } from './problem.js';
import { refuseUpgrade } from './refuse-upgrade.js';
import type { Viewers } from '../viewers/viewers.js';

const NOWHERE: Problem = {
  status: 404,
  title: 'Not Found',
  code: 'not_found',
  detail: 'no WebSocket is served at this address; viewers use /ws',
};

/** Options of {@link serveUpgrades}. */
export interface UpgradesOptions {
  readonly guard: Guard;
  /** Absent where this process serves no viewers. */
  readonly viewers: Pick<Viewers, 'upgrade'> | undefined;
  /** The path below which a proxy serves this server. Default none. */
  readonly basePath?: string;
}

/** Takes every upgrade of a server: `/ws` goes to the viewers, any other path is counted like a request and refused. */
export function serveUpgrades(http: Server, { guard, viewers, basePath = '' }: UpgradesOptions): void {
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // From here on the socket is ours: an error that nobody listens for would end the process.
    socket.on('error', () => {
      socket.destroy();
    });
    stripBasePath(request, basePath);
    if (viewers && (request.url ?? '').split('?')[0] === '/ws') {
      void viewers.upgrade(request, socket, head);
      return;
    }
    refuseUpgrade(
      socket,
      refusalOf(() => {
        guard.admit(request);
      }),
    );
  });
}

/** What the guard says to it, else that nothing is there. */
function refusalOf(admit: () => void): Problem {
  try {
    admit();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
  }
  return NOWHERE;
}
