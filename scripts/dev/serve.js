// The command line run from the sources: `node --import ./scripts/dev/typescript.js scripts/dev/serve.js serve`. scripts/dev/main.js starts it.
process.env.ORT_DISABLE_TELEMETRY = '1';
// Whatever ended `npm run dev`, no server outlives it.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
const { main } = await import('../../src/cli/main.js');
await main(process.argv);
