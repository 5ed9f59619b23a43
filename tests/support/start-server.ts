import { loadConfig, type ConfigOverrides } from '../../src/config/mod.js';
import { MellmServer } from '../../src/server/mod.js';
import { createLogger, type Logger } from '../../src/telemetry/mod.js';

/** A server of its own on a free port of the loopback interface; a wrong setting rejects, as every other failure to start does. */
export async function startServer(overrides: ConfigOverrides = {}, log: Logger = createLogger('silent')): Promise<MellmServer> {
  const { server, media, overload, ...others } = overrides;
  const config = loadConfig({
    overrides: { server: { port: 0, ...server }, media: { processes: 1, ...media }, overload: { enabled: false, ...overload }, ...others },
  });
  return await MellmServer.start(config, log);
}
