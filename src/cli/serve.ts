import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig, redacted, type Config } from '../config/mod.js';
import { MellmServer, toOpen } from '../server/mod.js';
import { dataFolder } from '../store/mod.js';
import { endProcess } from '../runtime/threads/mod.js';
import { createLogger } from '../telemetry/mod.js';
import { onStop } from './on-stop.js';
import { addLlmOptions, llmOverrides, type LlmFlags } from './llm-options.js';

interface Options extends LlmFlags {
  host?: string;
  port?: string;
  maxSessions?: string;
  advertise?: string;
  udpPorts?: string;
  device?: string;
  insecure?: boolean;
  tokensFile?: string;
  tlsCert?: string;
  tlsKey?: string;
  data?: string;
  store: boolean;
  keepImages?: boolean;
  bus?: string;
  roles?: string;
  printConfig?: boolean;
}

export function register(program: Command): void {
  addLlmOptions(program.command('serve').description('the live server: WHIP in, alerts out, web page, metrics'))
    .option('--host <address>', 'address to listen on (default 127.0.0.1; MELLM_SERVER_HOST)')
    .option('--port <port>', 'TCP port (default 8080; MELLM_SERVER_PORT)')
    .option('--config <file>', 'YAML file of settings (docs/settings.md)')
    .option('--max-sessions <n>', 'live sessions before new ones are refused (MELLM_SERVER_MAX_SESSIONS)')
    .option('--advertise <addresses>', "addresses to offer beside the machine's own, comma-separated (MELLM_WEBRTC_ADVERTISED_ADDRESSES)")
    .option('--udp-ports <low-high>', 'UDP ports for media (MELLM_WEBRTC_UDP_PORTS)')
    .option('--device <device>', 'auto, cuda, webgpu or cpu for MEFlowNet (MELLM_FLOW_DEVICE)')
    .option('--tokens-file <file>', 'file of access tokens (docs/secure.md; MELLM_AUTH_TOKENS_FILE)')
    .option('--tls-cert <file>', 'PEM certificate: serve HTTPS (MELLM_TLS_CERT)')
    .option('--tls-key <file>', 'PEM private key of the certificate (MELLM_TLS_KEY)')
    .option('--insecure', 'allow everyone who can reach the server to do everything (MELLM_SERVER_INSECURE)')
    .option('--data <folder>', "folder for findings (default: the user's data folder; MELLM_STORE_PATH)")
    .option('--no-store', 'store nothing: findings are lost when the server stops (MELLM_STORE_ENABLED=false)')
    .option('--keep-images', 'store crops and flow maps too; video is never stored (MELLM_STORE_KEEP_IMAGES)')
    .option('--bus <url>', 'NATS with JetStream: one of several processes (docs/scale.md; MELLM_BUS_URL)')
    .option('--roles <roles>', 'what this process does: ingest,flow,llm,store,api (default all; MELLM_BUS_ROLES)')
    .option('--print-config', 'print the settings in force and exit')
    .action(async (options: Options) => {
      const config = loadConfig({
        ...(options.config === undefined ? {} : { file: options.config }),
        env: process.env,
        overrides: {
          server: { host: options.host, port: options.port, max_sessions: options.maxSessions, insecure: options.insecure },
          tls: { cert: options.tlsCert, key: options.tlsKey },
          auth: { tokens_file: options.tokensFile },
          webrtc: { advertised_addresses: options.advertise, udp_ports: options.udpPorts },
          flow: { device: options.device },
          bus: { url: options.bus, roles: options.roles },
          llm: llmOverrides(options),
          // A folder on the command line overrides `enabled: false` of file and environment.
          store: {
            enabled: options.store ? (options.data === undefined ? undefined : true) : false,
            path: options.data,
            keep_images: options.keepImages,
          },
        },
      });
      if (config.store.enabled && config.store.url === undefined) config.store.path ??= dataFolder();
      if (options.printConfig) {
        process.stdout.write(`${JSON.stringify(redacted(config), undefined, 2)}\n`);
        return;
      }
      const server = await MellmServer.start(config, createLogger(config.log.level));
      // Installed before the ready line is printed: whoever waits for that may stop the process immediately.
      onStop(() => {
        process.stderr.write('mellm-live: ending the sessions (press again to stop immediately)\n');
        void server.close().finally(() => {
          endProcess(0);
        });
      });
      const opened = toOpen(server.url);
      const place = config.bus.roles.includes('api') ? `open ${opened} in a browser` : `it answers at ${opened}`;
      const elsewhere = opened === server.url ? '' : " on this machine; from elsewhere, use this machine's address";
      process.stdout.write(`mellm-live is ready: ${place}${elsewhere} (Ctrl+C stops it)\n${storageNotice(config)}\n`);
    });
}

/** Where findings are stored, and for how long. */
function storageNotice({ store, bus }: Config): string {
  if (!bus.roles.includes('store')) return 'findings are stored by the process with the role store';
  const place = store.url === undefined ? store.path && resolve(store.path) : 'the database of store.url';
  if (!store.enabled || place === undefined) return 'storage disabled: findings are lost when the server stops';
  const time = store.keep_days === 0 ? 'forever' : `for ${String(store.keep_days)} days`;
  return `findings are stored in ${place} ${time}${store.keep_images ? ', with crops and flow maps' : ', without images'} (--no-store disables storage)`;
}
