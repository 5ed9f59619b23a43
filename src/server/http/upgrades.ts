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
  detail: 'no WebSocket endpoint at this address; viewers use /ws',
};

export interface UpgradesOptions {
  readonly guard: Guard;
  /** Undefined where this process serves no viewers. */
  readonly viewers: Pick<Viewers, 'upgrade'> | undefined;
  /** The path below which a proxy serves this server. Default none. */
  readonly basePath?: string;
}

/** Handles every upgrade: `/ws` goes to the viewers, any other path counts as a request and is refused. */
export function serveUpgrades(http: Server, { guard, viewers, basePath = '' }: UpgradesOptions): void {
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // The socket is ours now: an unhandled error would end the process.
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

/** The guard's problem, else 404. */
function refusalOf(admit: () => void): Problem {
  try {
    admit();
  } catch (error) {
    if (error instanceof ProblemError) return error.problem;
  }
  return NOWHERE;
}
