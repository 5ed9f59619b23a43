import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The client as one file, which the server serves as `/mellm-live.js` to pages of other origins. */
export default defineConfig({
  build: {
    lib: { entry: fileURLToPath(new URL('src/index.ts', import.meta.url)), formats: ['es'], fileName: () => 'mellm-live.js' },
    outDir: fileURLToPath(new URL('../../dist/clients/browser', import.meta.url)),
    target: 'es2022',
    reportCompressedSize: false,
  },
});
