// Runs mock-server.ts on every Node that Vite runs on: `node client/dev/mock.js [port]`.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

await runnerImport(fileURLToPath(new URL('./mock-server.ts', import.meta.url)));
