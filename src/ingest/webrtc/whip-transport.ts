import { randomBytes } from 'node:crypto';
import {
  RTCDtlsFingerprint,
  RTCDtlsParameters,
  RTCDtlsTransport,
  RTCIceGatherer,
  RTCIceParameters,
  RTCIceTransport,
  StunProtocol,
  type RtcpPacket,
  type SrtpProfile,
} from 'werift';
import type { IceOptions } from '../ingest-options.js';
import type { VideoChoice } from '../sdp/codec-choice.js';
import type { Fingerprint, Offer } from '../sdp/offer-types.js';
import { WhipError } from '../whip-error.js';
import { hostCandidates, remoteCandidate } from './candidates.js';
import { DtlsShield } from './dtls-shield.js';
import { EarlyHandshake } from './early-handshake.js';
import { IceShield, isBindingRequest, remoteKey } from './ice-shield.js';
import type { LocalAddresses } from './local-addresses.js';
import { gatherFromServers, type BindInTurn } from './server-candidates.js';
import { SrtpReceiver, type SrtpReceiverEvents } from './srtp-receiver.js';
import { TokenBucket } from './token-bucket.js';
import { closeNotify, recordCipher, srtpCipher } from './werift-ciphers.js';

export interface WhipTransportEvents extends SrtpReceiverEvents {
  connected(): void;
  /** The publisher said goodbye. */
  closed(): void;
  failed(message: string): void;
}

/** SRTP protection profiles (RFC 5764, 7714), preferred first. */
const SRTP_PROFILES: SrtpProfile[] = [0x0007, 0x0001];

let binding: Promise<unknown> = Promise.resolve();

/**
 * Binds one session's sockets at a time in a thread: werift looks for a free port before it binds it. Nothing that waits for others belongs
 * here.
 */
const bindInTurn: BindInTurn = (bind) => {
  const turn = binding.then(bind);
  binding = turn.catch(() => undefined);
  return turn;
};

/** ICE, DTLS and SRTP towards one publisher. The SDP is not its business. */
export class WhipTransport {
  readonly #ice: RTCIceTransport;
  readonly #dtls: RTCDtlsTransport;
  readonly #gatherer: RTCIceGatherer;
  readonly #shield = new IceShield({
    expects: (transaction) => this.#protocols.some((protocol) => protocol instanceof StunProtocol && transaction in protocol.transactions),
    selected: () => {
      const address = this.#ice.connection.nominated?.remoteAddr;
      return address && remoteKey(address[0], address[1]);
    },
  });
  readonly #addresses: LocalAddresses;
  readonly #options: IceOptions;
  readonly #events: WhipTransportEvents;
  readonly #remoteLite: boolean;
  /** Connectivity checks to addresses that a publisher only names: RFC 8445 section 14 begins one every 50 ms. */
  readonly #checks = new TokenBucket(20, 20);
  #remoteUfrag: string;
  #remoteCandidates = 0;
  #closed = false;

  private constructor(offer: Offer, { media }: VideoChoice, options: IceOptions, addresses: LocalAddresses, events: WhipTransportEvents) {
    this.#addresses = addresses;
    this.#options = options;
    this.#events = events;
    this.#remoteLite = offer.iceLite;
    this.#remoteUfrag = media.iceUfrag ?? '';
    this.#gatherer = gatherer(options, addresses);
    this.#ice = new RTCIceTransport(this.#gatherer);
    this.#dtls = new RTCDtlsTransport({}, this.#ice, undefined, SRTP_PROFILES);
    // Who offers actpass leaves it to us (RFC 5763 section 5). As a client werift 0.24 never ends a handshake that lost a datagram of the
    // server's.
    this.#dtls.role = media.setup === 'passive' ? 'client' : 'server';
    this.#dtls.setRemoteParams(
      new RTCDtlsParameters(
        media.fingerprints.map(({ algorithm, value }) => new RTCDtlsFingerprint(algorithm, value)),
        media.setup === 'passive' ? 'server' : 'client',
      ),
    );
    this.#applyRemote(media.iceUfrag ?? '', media.icePwd ?? '', media.candidates);
    this.#listen();
  }

  /** Opens the sockets and gathers candidates; nothing is sent before {@link connect}. @throws WhipError `ice_failed`, `too_many` */
  static async open(
    offer: Offer,
    choice: VideoChoice,
    options: IceOptions,
    addresses: LocalAddresses,
    events: WhipTransportEvents,
  ): Promise<WhipTransport> {
    const certificate = await RTCDtlsTransport.SetupCertificate();
    const transport = new WhipTransport(offer, choice, options, addresses, events);
    transport.#dtls.localCertificate = certificate;
    try {
      await transport.#gather();
      if (transport.candidates.length === 0) {
        throw options.portRange
          ? new WhipError('too_many', `no UDP port between ${options.portRange.join(' and ')} is free; widen the port range`, {
              retryAfter: 5000,
            })
          : new WhipError('ice_failed', 'no UDP socket could be opened; check the address that the server is to bind');
      }
    } catch (error) {
      await transport.close();
      throw error;
    }
    return transport;
  }

  get ufrag(): string {
    return this.#ice.localParameters.usernameFragment;
  }
  get pwd(): string {
    return this.#ice.localParameters.password;
  }
  /** `active`: we begin the DTLS handshake. */
  get setup(): 'active' | 'passive' {
    return this.#dtls.role === 'server' ? 'passive' : 'active';
  }
  get remoteUfrag(): string {
    return this.#remoteUfrag;
  }
  /** Whether the publisher was heard of at all. */
  get heard(): boolean {
    return this.#shield.heard || this.#ice.connection.nominated !== undefined;
  }
  get connected(): boolean {
    return this.#dtls.state === 'connected';
  }
  /** Milliseconds; undefined before it was measured. */
  get roundTrip(): number | undefined {
    const rtt = this.#ice.connection.nominated?.rtt;
    return rtt === undefined ? undefined : rtt * 1000;
  }

  get fingerprint(): Fingerprint {
    const [first] = this.#dtls.localParameters.fingerprints;
    return { algorithm: first?.algorithm ?? 'sha-256', value: first?.value ?? '' };
  }

  /** Values of `candidate`. */
  get candidates(): string[] {
    return this.#ice.connection.localCandidates.flatMap((candidate) => {
      if (candidate.type !== 'host') return [candidate.toSdp()];
      const six = candidate.host.includes(':');
      return hostCandidates(six ? this.#addresses.ipv6 : this.#addresses.ipv4, candidate.port, six ? 65_535 : 32_767);
    });
  }

  /** Begins connectivity checks and the DTLS handshake; what comes of it is told by events. */
  connect(): void {
    const open = (): boolean => !this.#closed;
    const early = new EarlyHandshake(this.#ice.connection);
    void (async () => {
      try {
        await this.#ice.start();
        if (!open()) return;
        const handshake = this.#dtls.start();
        this.#shieldDtls();
        early.release();
        await handshake;
        if (open()) this.#events.connected();
      } catch (error) {
        if (open()) this.#events.failed(`the connection could not be set up: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        early.close();
      }
    })();
  }

  /** More candidates of the publisher. */
  addRemoteCandidates(candidates: readonly string[]): void {
    for (const text of candidates) {
      const candidate = remoteCandidate(text, this.#remoteUfrag, this.#options.localCandidates);
      if (!candidate || this.#remoteCandidates >= 64) continue;
      this.#remoteCandidates++;
      void this.#ice.addRemoteCandidate(candidate);
    }
  }

  /** ICE restart (RFC 8445 section 9): new credentials on both sides, the media goes on meanwhile. */
  async restart(ufrag: string, pwd: string, candidates: readonly string[]): Promise<void> {
    this.#ice.connection.options.localPasswordPrefix = password();
    this.#ice.restart();
    this.#remoteCandidates = 0;
    this.#applyRemote(ufrag, pwd, candidates);
    await this.#gather();
    void this.#ice.start().catch((error: unknown) => {
      if (!this.#closed) this.#events.failed(`the ICE restart failed: ${error instanceof Error ? error.message : String(error)}`);
    });
  }

  /** Sends RTCP packets as one datagram; nothing before DTLS is up. */
  sendRtcp(packets: readonly Buffer[]): void {
    if (!this.connected || this.#closed) return;
    const compound = packets.map((bytes) => ({ serialize: () => bytes })) as unknown as RtcpPacket[];
    void this.#dtls.sendRtcp(compound).catch(() => undefined); // as lossy as the network
  }

  /** Tells the publisher that it is over, and closes the sockets. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#dtls.onStateChange.allUnsubscribe();
    this.#ice.connection.onData.allUnsubscribe();
    await this.#sayGoodbye();
    await this.#dtls.stop();
  }

  /**
   * A browser that hears nothing more waits half a minute before it believes that the connection is gone. werift sends no alert when it
   * closes.
   */
  async #sayGoodbye(): Promise<void> {
    const end = this.#dtls.dtls;
    if (!end || !this.connected) return;
    // As lossy as the network, so twice.
    for (let i = 0; i < 2; i++) await Promise.resolve(end.transport.send(closeNotify(end))).catch(() => undefined);
  }

  async #gather(): Promise<void> {
    this.#shield.credentials(this.ufrag, this.pwd);
    await bindInTurn(() => this.#gatherer.gather());
    const sockets = this.#protocols.filter((protocol) => protocol instanceof StunProtocol);
    for (const socket of sockets) this.#guard(socket);
    await gatherFromServers(this.#gatherer, this.#options, sockets, bindInTurn);
  }

  /** werift's own type hides the list of its sockets. */
  get #protocols(): readonly unknown[] {
    return (this.#ice.connection as unknown as { readonly protocols: readonly unknown[] }).protocols;
  }

  #guard(protocol: StunProtocol): void {
    const { transport } = protocol;
    if (guarded.has(transport)) return;
    guarded.add(transport);
    raiseReceiveBuffer(transport.socket);
    transport.socket.on('error', () => undefined); // an unreachable network must not end the thread
    const send = transport.send;
    transport.send = async (data, address) => {
      // Where the publisher has not shown to be, a check may go to anybody; the agent repeats those that count.
      if (address && isBindingRequest(data) && !this.#shield.proved(address[0], address[1]) && !this.#checks.take()) return;
      await send(data, address);
    };
    const pass = transport.onData;
    transport.onData = (data, address) => {
      if (!this.#closed && this.#shield.admits(data, address[0], address[1])) pass(data, address);
    };
  }

  #applyRemote(ufrag: string, pwd: string, candidates: readonly string[]): void {
    this.#remoteUfrag = ufrag;
    this.#ice.setRemoteParams(new RTCIceParameters({ iceLite: this.#remoteLite, usernameFragment: ufrag, password: pwd }));
    // RFC 8445 section 6.1.1: the offerer controls, unless it is lite and we are not.
    this.#ice.connection.iceControlling = this.#remoteLite;
    this.addRemoteCandidates(candidates);
  }

  /** werift has just made its DTLS end; nothing reaches it but through the shield. */
  #shieldDtls(): void {
    const end = this.#dtls.dtls;
    if (!end) return;
    const shield = new DtlsShield(
      recordCipher(end),
      () => {
        if (!this.#closed) this.#events.closed();
      },
      this.#dtls.role === 'server' ? 'server' : 'client',
    );
    this.#dtls.onStateChange.subscribe((state) => {
      shield.connected ||= state === 'connected';
    });
    const { socket } = end.transport;
    const pass = socket.onData;
    socket.onData = (data, address) => {
      const admitted = shield.filter(data);
      if (admitted) pass(admitted, address);
    };
  }

  #listen(): void {
    // In the place of werift's own receiving half of SRTP; its sending half stays.
    this.#dtls.startSrtp = () => {
      if (this.#dtls.srtpStarted) return;
      this.#dtls.srtpStarted = true;
      this.#dtls.updateSrtpSession();
      const receiver = new SrtpReceiver(...srtpCipher(this.#dtls), this.#events);
      this.#ice.connection.onData.subscribe((data) => {
        const first = data[0] ?? 0;
        if (first >= 128 && first <= 191) receiver.push(data); // RFC 7983 section 7
      });
    };
    this.#dtls.onStateChange.subscribe((state) => {
      if (state === 'closed' && !this.#closed) this.#events.closed();
    });
  }
}

/** A keyframe of 1280x720 comes in one burst; the system's default holds it only just. */
function raiseReceiveBuffer(socket: { setRecvBufferSize(size: number): void }): void {
  try {
    socket.setRecvBufferSize(1024 * 1024);
  } catch {
    /* the system allows less; its default has to do */
  }
}

const guarded = new WeakSet();

/** 144 bits in characters that ICE allows. */
function password(): string {
  return randomBytes(18).toString('base64');
}

function gatherer(options: IceOptions, addresses: LocalAddresses): RTCIceGatherer {
  const { host = '0.0.0.0', iceLite = false, portRange } = options;
  const bound = host === '0.0.0.0' || host === '::' ? undefined : host.includes(':') ? { udp6: host } : { udp4: host };
  const made = new RTCIceGatherer({
    iceLite,
    // One socket a family, whatever the number of addresses.
    useIpv4: false,
    useIpv6: false,
    additionalHostAddresses: [...addresses.ipv4.slice(0, 1), ...addresses.ipv6.slice(0, 1)],
    localPasswordPrefix: password(),
    ...(portRange ? { portRange: [portRange[0], portRange[1]] as [number, number] } : {}),
    ...(bound ? { interfaceAddresses: bound } : {}),
  });
  // Otherwise werift asks a public server of its own choice, and for five seconds; ours are asked by `gatherFromServers`.
  delete made.connection.stunServer;
  return made;
}
