import { defineConfig } from 'vitest/config';

// ONNX Runtime must not report from tests that load it by themselves either.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

// More runs of each property need more time (npm run test:properties).
const factor = Math.max(1, Number(process.env['MELLM_PROPERTY_FACTOR'] ?? 1) || 1);

// What a test waits for comes late on a busy machine; a second, the default, says nothing of correctness.
const patient = { poll: { timeout: 15_000 } };

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
        },
      },
      {
        // No server that a test starts writes to the user's data folder.
        // These start servers, browsers and threads; two cores take one at a time.
        test: {
          name: 'system',
          include: ['tests/**/*.test.ts'],
          globalSetup: ['tests/support/build-wasm.ts'],
          setupFiles: ['tests/support/property-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          expect: patient,
          pool: 'forks',
          execArgv: ['--expose-gc'],
          env: { MELLM_STORE_ENABLED: 'false' },
        },
      },
    ],
  },
});
