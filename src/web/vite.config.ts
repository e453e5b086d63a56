import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';
import { leanContract } from './build/lean-contract.ts';
import { precompress } from './build/precompress.ts';

const root = import.meta.dirname;

/** Every folder here with an index.html is a page: room, studio, desk. */
const pages = Object.fromEntries(
  readdirSync(root)
    .map((name) => [name, join(root, name, 'index.html')] as const)
    .filter(([, file]) => existsSync(file)),
);

export default defineConfig({
  root,
  base: '/',
  plugins: [leanContract(join(root, '..')), vue(), precompress()],
  // No message compiler that needs eval: the pages are served under a strict content security policy.
  define: { __INTLIFY_JIT_COMPILATION__: true, __VUE_I18N_LEGACY_API__: false, __INTLIFY_PROD_DEVTOOLS__: false },
  build: {
    outDir: join(root, '../../dist/web'),
    emptyOutDir: true,
    target: ['chrome100', 'safari15.4', 'firefox102'],
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: { input: pages },
  },
});
