import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

const OUT = 'dist/app';

/** Lays a `.br` beside every file that shrinks; the server picks by Accept-Encoding. */
function brotli(): Plugin {
  return {
    name: 'treehouse-brotli',
    apply: 'build',
    async closeBundle() {
      const files = await readdir(OUT, { recursive: true, withFileTypes: true });
      for (const file of files) {
        if (!file.isFile() || !/\.(js|css|html|svg|json|webmanifest)$/.test(file.name)) continue;
        const path = join(file.parentPath, file.name);
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
        await writeFile(`${path}.br`, brotliCompressSync(await readFile(path), { params }));
      }
    },
  };
}

export default defineConfig({
  plugins: [svelte(), brotli()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2022',
    // These know light-dark(), which otherwise would be rewritten into what can't be nested.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // A data: address would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        index: 'index.html',
        toy: 'toy.html',
        console: 'console.html',
        audit: 'audit.html',
        sw: 'src/sw.ts',
      },
      // Its address must stay the same, and reach over the whole site.
      output: { entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
  worker: { format: 'es' },
});
