import {
  Candidate,
  candidateFoundation,
  candidatePriority,
  serverReflexiveCandidate,
  StunOverTurnProtocol,
  TcpTransport,
  TurnProtocol,
  UdpTransport,
  type RTCIceGatherer,
  type StunProtocol,
} from 'werift';
import { isIPv4 } from 'node:net';
import { within } from '../../common/time-limit.js';
import type { IceOptions } from '../ingest-options.js';
import { agentServers, type Address, type TurnServer } from './ice-servers.js';
import { ServerBreaker } from './server-breaker.js';

/** Milliseconds that a STUN server has to answer one question, and a TURN server to give a relay (two questions, or three by TCP). */
const STUN_TIMEOUT_MS = 500;
const TURN_TIMEOUT_MS = 1000;
/** Seconds that a relay lasts without being renewed (RFC 8656 section 3.2). */
const RELAY_LIFETIME = 600;

/** One for all sessions of the thread or process. */
const breaker = new ServerBreaker();
let report: (server: string, up: boolean) => void = () => undefined;

/** Hears of each server (`stun:host:port`) that answers first, does not answer, or answers again: once a change, not once a session. */
export function onIceServer(listener: (server: string, up: boolean) => void): void {
  report = listener;
}

/** What werift's types keep to themselves. */
interface Agent {
  readonly protocols: unknown[];
  readonly generation: number;
  readonly localUsername: string;
  appendLocalCandidate(candidate: Candidate): void;
  ensureProtocol(protocol: StunOverTurnProtocol): void;
}

/** Sockets towards TURN servers are bound one at a time: werift looks for a free port before it binds it. */
export type BindInTurn = <T>(bind: () => Promise<T>) => Promise<T>;

/**
 * Adds the candidates that STUN and TURN servers give, asked all at once and for a short time: a server that does not answer costs one
 * publisher half a second, is left out then, and publishers go on with the addresses of this machine. werift itself would ask for five
 * seconds, each time.
 */
export async function gatherFromServers(
  { connection }: RTCIceGatherer,
  options: IceOptions,
  sockets: readonly StunProtocol[],
  bindInTurn: BindInTurn,
): Promise<void> {
  if (options.iceLite) return;
  const agent = connection as unknown as Agent;
  const { stun, turn } = agentServers(options.iceServers ?? []);
  await Promise.all([
    ...(stun
      ? sockets
          .filter(({ localCandidate }) => localCandidate && isIPv4(localCandidate.host))
          .map((socket) =>
            attempt('stun', stun, STUN_TIMEOUT_MS, async () => {
              const candidate = await serverReflexiveCandidate(socket, [...stun]);
              if (!candidate) throw new Error('no answer');
              return () => {
                agent.appendLocalCandidate(candidate);
              };
            }),
          )
      : []),
    ...(turn ? [attempt('turn', turn.address, TURN_TIMEOUT_MS, (abandoned) => relay(agent, turn, options, bindInTurn, abandoned))] : []),
  ]);
}

/** Asks a server; what it gives counts only where it comes in time. */
async function attempt(
  scheme: 'stun' | 'turn',
  [host, port]: Address,
  timeout: number,
  ask: (abandoned: AbortSignal) => Promise<() => void>,
): Promise<void> {
  const server = `${scheme}:${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
  if (!breaker.admits(server)) return;
  const abandon = new AbortController();
  try {
    const take = await within(ask(abandon.signal), timeout, () => new Error('no answer'));
    take();
    if (breaker.worked(server)) report(server, true);
  } catch {
    abandon.abort();
    if (breaker.failed(server) !== undefined) report(server, false);
  }
}

async function relay(
  agent: Agent,
  { address, username, password, tcp }: TurnServer,
  { portRange, host = '0.0.0.0' }: IceOptions,
  bindInTurn: BindInTurn,
  abandoned: AbortSignal,
): Promise<() => void> {
  const bound = isIPv4(host) && host !== '0.0.0.0' ? { interfaceAddresses: { udp4: host } } : {};
  const transport = tcp
    ? await TcpTransport.init([...address])
    : await bindInTurn(() =>
        UdpTransport.init('udp4', { ...(portRange ? { portRange: [portRange[0], portRange[1]] as [number, number] } : {}), ...bound }),
      );
  abandoned.addEventListener(
    'abort',
    () => {
      if (!taken) void transport.close();
    },
    { once: true },
  );
  let taken = false;
  const turn = new TurnProtocol([...address], username, password, RELAY_LIFETIME, transport);
  await turn.connectionMade();
  const protocol = new StunOverTurnProtocol(turn);
  const {
    relayedAddress: [ip, port],
    mappedAddress: [mappedIp, mappedPort],
  } = turn;
  const candidate = new Candidate(
    candidateFoundation('relay', 'udp', ip),
    1,
    'udp',
    candidatePriority('relay'),
    ip,
    port,
    'relay',
    mappedIp,
    mappedPort,
    undefined,
    agent.generation,
    agent.localUsername,
  );
  return () => {
    taken = true;
    agent.ensureProtocol(protocol);
    agent.protocols.push(protocol);
    protocol.localCandidate = candidate;
    agent.appendLocalCandidate(candidate);
  };
}
