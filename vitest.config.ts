import { defineConfig } from 'vitest/config';

// ONNX Runtime must not report from tests that load it by themselves either.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

// More runs of each property need more time (npm run test:properties).
const factor = Math.max(1, Number(process.env['MELLM_PROPERTY_FACTOR'] ?? 1) || 1);

// What a test waits for comes late on a busy machine; a second, the default, says nothing of correctness.
const patient = { poll: { timeout: 15_000 } };

const system = {
  globalSetup: ['tests/support/build-wasm.ts'],
  setupFiles: ['tests/support/property-setup.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
  expect: patient,
  pool: 'forks' as const,
  execArgv: ['--expose-gc'],
  // No server that a test starts writes to the user's data folder.
  env: { MELLM_STORE_ENABLED: 'false' },
};

/** System tests that mostly wait, and measure neither time nor memory: two files at a time. */
const shared = [
  'tests/annotations/**/*.test.ts',
  'tests/browser/{access,below-path,controls,moment,notice,quality,recordings,review}.test.ts',
  'tests/bus/**/*.test.ts',
  'tests/deploy/**/*.test.ts',
  'tests/evaluation/**/*.test.ts',
  'tests/face/**/*.test.ts',
  'tests/flow/{cli,estimator,golden,real-servers,served-not-loaded}.test.ts',
  'tests/fuzz/**/*.test.ts',
  'tests/ingest/{containers,file,lossy-handshake}.test.ts',
  'tests/llm/**/*.test.ts',
  'tests/package/**/*.test.ts',
  'tests/pipeline/**/*.test.ts',
  'tests/resilience/trend.test.ts',
  'tests/scale/{installation,page}.test.ts',
  'tests/server/{description,generated-client,mqtt,webhooks}.test.ts',
  'tests/spotting/**/*.test.ts',
  'tests/store/**/*.test.ts',
  'tests/telemetry/{dashboards,nothing-leaves}.test.ts',
];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'lab/**/*.test.ts',
            'client/src/**/*.test.ts',
            'clients/javascript/src/**/*.test.ts',
            'bin/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          globalSetup: ['tests/support/build-wasm.ts'],
          setupFiles: ['tests/support/property-setup.ts'],
          testTimeout: 20_000 * factor,
          expect: patient,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: { ...system, name: 'system-shared', include: shared, maxWorkers: 2, sequence: { groupOrder: 1 } },
      },
      {
        // These start servers, browsers and threads; two cores take one at a time.
        test: {
          ...system,
          name: 'system',
          include: ['tests/**/*.test.ts'],
          exclude: [...shared, '**/node_modules/**'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
