// `npm run dev`: server, threads and page run from the sources. A change below client/ reloads the page, one below src/ restarts the server.
// Options of `mellm-live serve` may follow: `npm run dev -- --port 8081 --no-store`.
import { execFileSync, spawn } from 'node:child_process';
import { createServer as createSocket } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');
const SETTLE_MS = 150;
const STOP_TIMEOUT_MS = 5000;
const SERVER_PATHS = ['/api', '/whip', '/ws', '/metrics', '/healthz', '/readyz'];

const { host, port, rest } = addressOf(process.argv.slice(2));
const serverPort = await freePort();
const say = (text) => process.stdout.write(`mellm-live: ${text}\n`);

const proxied = (path) => [path, { target: `http://127.0.0.1:${serverPort}`, ws: path === '/ws' }];
const page = await createServer({
  configFile: join(ROOT, 'client/vite.config.ts'),
  logLevel: 'warn',
  clearScreen: false,
  server: { host, port, strictPort: port !== 0, proxy: Object.fromEntries(SERVER_PATHS.map(proxied)) },
});
await page.listen().catch((error) => {
  process.stderr.write(
    `mellm-live: cannot listen on ${host}:${port}: ${error.message}; choose another port with: npm run dev -- --port N\n`,
  );
  process.exit(1);
});

let server;
let ready = false;
let restarting;
start();

page.watcher.add(join(ROOT, 'src'));
page.watcher.on('all', (event, path) => {
  const file = relative(ROOT, path);
  if (!/^src\/.*(?<!\.test)\.ts$/.test(file) || !['add', 'change', 'unlink'].includes(event)) return;
  if (!restarting) say(`${file} changed: restarting the server`);
  clearTimeout(restarting);
  restarting = setTimeout(() => {
    restarting = undefined;
    void stop().then(start);
  }, SETTLE_MS);
});

// Vite's own listener would exit before the server has ended.
process.removeAllListeners('SIGTERM');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    clearTimeout(restarting);
    void Promise.all([stop(), page.close()]).then(() => process.exit(0));
  });
}

function start() {
  try {
    execFileSync(process.execPath, [join(ROOT, 'scripts/build/build-wasm.js')], { stdio: ['ignore', 'ignore', 'inherit'] });
  } catch {
    say('the kernels do not compile (above): waiting for a change');
    return;
  }
  const flags = ['--enable-source-maps', '--import', join(ROOT, 'scripts/dev/typescript.js'), join(ROOT, 'scripts/dev/serve.js')];
  // A process group of its own: Ctrl+C reaches this process alone, which then stops the server once.
  const child = spawn(process.execPath, [...flags, 'serve', ...rest, '--host', '127.0.0.1', '--port', String(serverPort)], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  server = child;
  child.stdout.on('data', (text) => {
    if (!/ is ready: /.test(String(text))) return;
    const first = !ready;
    ready = true;
    say(first ? `ready: open ${page.resolvedUrls.local[0]} in a browser (reloads on change; Ctrl+C stops it)` : 'server restarted');
  });
  child.once('exit', (code) => {
    if (server !== child) return;
    server = undefined;
    say(`the server ended (exit ${code}): waiting for a change`);
  });
}

/** Ends the server, with its media processes; resolves when it is gone. */
function stop() {
  const child = server;
  server = undefined;
  if (!child || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

/** Host and port are those of the page; the server behind it has a port of its own. */
function addressOf(args) {
  const rest = [...args];
  const take = (name, otherwise) => {
    const at = rest.indexOf(name);
    return at < 0 ? otherwise : rest.splice(at, 2)[1];
  };
  return { host: take('--host', '127.0.0.1'), port: Number(take('--port', '8080')), rest };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const socket = createSocket().once('error', reject);
    socket.listen(0, '127.0.0.1', () => {
      const { port: free } = socket.address();
      socket.close(() => resolve(free));
    });
  });
}
