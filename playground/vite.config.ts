import { defineConfig } from 'vite';

/** Bundles the playground into files that the server can serve by itself, without a CDN, external fonts or scripts. */
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
    // React's "use client" directives mean nothing in a bundle without server components, but each gives a warning.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
});
