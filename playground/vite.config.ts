import { defineConfig } from 'vite';

/** Bundles the playground into files the server can hand out by itself: no CDN, no outside font, no outside script. */
export default defineConfig({
  base: '/playground/',
  logLevel: 'warn',
  build: {
    outDir: '../dist/playground/page',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // Monaco alone is 3 MB; the page is for developers and is cached for a year.
    chunkSizeWarningLimit: 5000,
    // React's "use client" markers mean nothing to a bundle without a server half, yet each is a warning.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
