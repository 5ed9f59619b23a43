import { execFile } from 'node:child_process';
import { expect, it } from 'vitest';

/** Refuses what talks to flow servers, as if it were not there; the class of its errors apart. */
const HOOK = `data:text/javascript,${encodeURIComponent(`
import { register } from 'node:module';
register('data:text/javascript,' + encodeURIComponent("export async function resolve(name, context, next) { if (/served\\\\/(?!server-error)/.test(name)) throw new Error('must not be loaded: ' + name); return next(name, context); }"));
`)}`;

const start = (options: object): Promise<string> =>
  new Promise((resolve) => {
    const script =
      'import(process.argv[1]).then(async ({ FlowEstimator }) => { const flow = await FlowEstimator.start(JSON.parse(process.argv[2])); console.log(flow.info.devices.join()); await flow.close(); })';
    execFile(
      process.execPath,
      [
        '--import',
        HOOK,
        '-e',
        script,
        new URL('../../dist/src/flow/mod.js', import.meta.url).href,
        JSON.stringify({ device: 'cpu', maxBatch: 1, ...options }),
      ],
      (_error, stdout, stderr) => {
        resolve(`${stdout}${stderr}`);
      },
    );
  });

it('without flow.server nothing that talks to one is loaded', async () => {
  expect(await start({})).toBe('cpu\n');
});

it('and with it, it is', async () => {
  expect(await start({ server: { url: 'http://127.0.0.1:9' } })).toMatch(/must not be loaded/);
});
