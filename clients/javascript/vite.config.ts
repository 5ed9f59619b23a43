import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const source = (path: string): string => fileURLToPath(new URL(`src/${path}`, import.meta.url));

/** The client and the web components, which the server serves as `/mellm-live.js` and `/mellm-elements.js` to pages of other origins. */
export default defineConfig({
  build: {
    lib: {
      entry: { 'mellm-live': source('index.ts'), 'mellm-elements': source('elements/index.ts') },
      formats: ['es'],
      fileName: (_format, name) => `${name}.js`,
    },
    rolldownOptions: { output: { chunkFileNames: 'mellm-shared.js' } },
    outDir: fileURLToPath(new URL('../../dist/clients/browser', import.meta.url)),
    target: 'es2022',
    reportCompressedSize: false,
  },
});
