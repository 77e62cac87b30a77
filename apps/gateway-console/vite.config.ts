import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `pnpm --filter @nyxera/gateway-console dev` sends the calls of the API: a gateway that runs on this machine. */
const API = 'http://127.0.0.1:9464';

export default defineConfig({
  base: '/console/',
  plugins: [react()],
  // The browser gets the protocol package's portable backends (noble), as any bundler without Node's conditions does.
  build: {
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // A data: address would need an exception in the Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    // Who made what is in the files, with the texts of their licences, which ask to go along.
    license: { fileName: 'licences.md' },
    // One chunk holds what every view needs; tests/bundle-budget.test.ts holds it to its budget, compressed.
    chunkSizeWarningLimit: 700,
    sourcemap: false,
    reportCompressedSize: false,
  },
  server: { proxy: { '/console/api': { target: API, changeOrigin: true } } },
});
