import { fileURLToPath } from 'node:url';
import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';
import { precompressed } from './build/precompressed.js';

const here = fileURLToPath(new URL('.', import.meta.url));

/** `dist/client` holds the page as the server sends it: hashed files under `assets/`, one `index.html` for every page. */
export default defineConfig({
  root: here,
  // Relative, so that the page works below any path of a proxy.
  base: './',
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false }), precompressed()],
  // The class that loads FFmpeg finds its worker by import.meta.url; pre-bundling in development would move it away.
  optimizeDeps: { exclude: ['@ffmpeg/ffmpeg'] },
  worker: { format: 'es' },
  build: {
    outDir: '../dist/client',
    emptyOutDir: true,
    target: 'es2022',
    // Nothing inlined as data: URLs (the content security policy forbids most of them).
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 400,
  },
});
