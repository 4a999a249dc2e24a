// SPDX-License-Identifier: Apache-2.0
// The page as the daemon embeds it: one HTML file, hashed assets, nothing inlined (the CSP forbids
// data: and blob: scripts), an ES module worker.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// The build's name changes with the sources and with nothing else, so two builds compare.
function buildName(): string {
  const hash = createHash('sha256');
  const walk = (dir: string): void => {
    for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(dir, entry.name);
      if (entry.isDirectory()) walk(path);
      else hash.update(entry.name).update(readFileSync(path));
    }
  };
  walk(fileURLToPath(new URL('./src', import.meta.url)));
  return hash.digest('hex').slice(0, 12);
}

const daemon = process.env['LSRD'] ?? 'localhost:8080';

export default defineConfig({
  base: '/',
  define: { __BUILD__: JSON.stringify(buildName()) },
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: false,
    cssCodeSplit: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 400,
  },
  worker: { format: 'es' },
  // Bundled at once when the development server starts: one found later would come with a second Preact.
  optimizeDeps: { include: ['preact', 'preact/hooks', 'preact/jsx-runtime', 'preact/jsx-dev-runtime', '@preact/signals'] },
  server: { proxy: { '/ws': { target: `ws://${daemon}`, ws: true } } },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
});
