import type { Cluster } from '../../cluster/mod.js';
import type { Config } from '../../config/mod.js';
import { iceServersOf, type MediaPool } from '../../pipeline/mod.js';
import type { Metrics } from '../../telemetry/mod.js';
import { Publications } from './publications.js';
import { PublisherQuota } from './publisher-quota.js';
import { SessionQuota } from './session-quota.js';
import type { Sessions } from './sessions.js';
import { WhipRelay } from './whip-relay.js';

export interface PublishingParts {
  /** Undefined where this process takes no publishers. */
  readonly media: MediaPool | undefined;
  readonly sessions: Sessions;
  readonly cluster: Cluster | undefined;
  readonly metrics: Metrics;
}

/** What WHIP is served from. */
export interface Publishing {
  readonly publications: Publications;
  /** Relays signalling to other processes; undefined where there are none. */
  readonly relay: WhipRelay | undefined;
  /** Live sessions by token. */
  readonly quota: SessionQuota;
}

export function openPublishing({ limits, server, webrtc }: Config, { media, sessions, cluster, metrics }: PublishingParts): Publishing {
  const quota = new SessionQuota({
    limit: limits.sessions_per_token,
    elsewhere: cluster && ((key) => cluster.heldElsewhere(key)),
    onChange:
      cluster &&
      (() => {
        cluster.beat();
      }),
  });
  const publishers = new PublisherQuota({
    pending: limits.pending_sessions ?? Math.max(4, Math.min(16, Math.ceil(server.max_sessions / 2))),
  });
  const publications = new Publications({
    ingest: media,
    sessions,
    held: quota,
    quota: publishers,
    iceServers: iceServersOf(webrtc.ice_servers),
  });
  return { publications, relay: cluster && new WhipRelay({ signalling: cluster.signalling, metrics, publications }), quota };
}
