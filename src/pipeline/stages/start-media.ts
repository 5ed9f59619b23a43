import type { Config } from '../../config/mod.js';
import type { IceServer } from '../../ingest/mod.js';
import { readFaceModels } from '../../runtime/inference/mod.js';
import type { Logger, Metrics } from '../../telemetry/mod.js';
import { IceServerHealth } from '../media/ice-server-health.js';
import { startMediaPool, type MediaPool } from '../media/media-pool.js';

/** The configured STUN and TURN servers, without the fields that are not set. */
export function iceServersOf(servers: Config['webrtc']['ice_servers']): IceServer[] {
  return servers.map(
    (server) => Object.fromEntries(Object.entries(server).filter(([, value]) => value !== undefined)) as unknown as IceServer,
  );
}

/** Starts the first of the media processes, which receive, decode, track and measure live video. */
export async function startMedia(
  { webrtc, media, vision, spotting, server, limits }: Config,
  metrics: Metrics,
  log: Logger,
): Promise<MediaPool> {
  // Reports a missing or damaged file in one line, instead of by a process that dies while it starts.
  readFaceModels();
  const iceServers = new IceServerHealth(metrics, log);
  return startMediaPool({
    processes: media.processes,
    maxFaces: vision.max_faces,
    learned: spotting.method === 'learned',
    ice: {
      advertisedAddresses: webrtc.advertised_addresses,
      iceLite: webrtc.ice_lite,
      localCandidates: webrtc.local_candidates,
      iceServers: iceServersOf(webrtc.ice_servers),
      ...(webrtc.udp_ports ? { portRange: webrtc.udp_ports } : {}),
    },
    limits: {
      maxBitrate: webrtc.max_bitrate,
      endAboveBitrate: limits.max_bitrate,
      maxSessions: server.max_sessions,
      maxWidth: limits.max_width,
      maxHeight: limits.max_height,
      maxFps: limits.max_fps,
    },
    jitterMs: webrtc.jitter_ms,
    hangTimeout: server.hang_ms,
    iceTimeout: webrtc.ice_timeout_ms,
    connectTimeout: webrtc.connect_timeout_ms,
    mediaTimeout: webrtc.media_timeout_ms,
    onCrash: (name, error) => {
      metrics.workerRestarts.inc({ worker: 'media' });
      log.error({ process: name, err: error }, 'media process died: its sessions ended; starting another');
    },
    onIceServer: (url, up) => {
      iceServers.heard(url, up);
    },
    onUsage: (name, usage) => {
      metrics.mediaUsage(name, usage);
    },
  });
}
