// Exit 0 where the server on this machine answers /healthz. A certificate for another name than localhost is no fault here.
// Port and TLS are the server's own: from its flags, which stand behind this file's name or are those of the container's first process, from
// the environment, or from the file of settings that `--config` names.
import { readFileSync } from 'node:fs';
import { request as http } from 'node:http';
import { request as https } from 'node:https';

/** What the container was started with; nothing where the first process is another program's. */
function firstProcess() {
  try {
    const words = readFileSync('/proc/1/cmdline', 'utf8').split('\0');
    return words.some((word) => word.endsWith('mellm-live.js')) ? words : [];
  } catch {
    return [];
  }
}
const words = process.argv.length > 2 ? process.argv.slice(2) : firstProcess();
function flag(name) {
  const joined = words.find((word) => word.startsWith(`${name}=`));
  if (joined !== undefined) return joined.slice(name.length + 1);
  return words.includes(name) ? words[words.indexOf(name) + 1] : undefined;
}

const file = flag('--config');
const settings = file === undefined ? {} : (await import('yaml')).parse(readFileSync(file, 'utf8'));
// The last word has the flag, then the environment, where an empty variable counts for nothing.
const secure = flag('--tls-cert') ?? (process.env.MELLM_TLS_CERT?.trim() || settings?.tls?.cert);
const port = flag('--port') ?? (process.env.MELLM_SERVER_PORT?.trim() || (settings?.server?.port ?? 8080));

const request = (secure ? https : http)(
  { host: '127.0.0.1', port, path: '/healthz', timeout: 4000, rejectUnauthorized: false },
  (response) => {
    process.exit(response.statusCode === 200 ? 0 : 1);
  },
);
request.on('timeout', () => {
  process.exit(1);
});
request.on('error', () => {
  process.exit(1);
});
request.end();
