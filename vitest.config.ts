import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import { buildKernels, buildTestKernels } from './scripts/build.ts';
import { buildSite } from './scripts/site/build-site.ts';

// Tests import them, so they must be there before anything is bundled.
await buildKernels();
await buildTestKernels();
await buildSite();

// Two projects: what must behave the same inside workerd runs there; what needs files, real ONNX
// Runtime or a whole Worker on a socket runs in Node (its file names end in `.node.test.ts`).
const NODE_ONLY = ['**/*.node.test.ts', 'src/container/**', 'src/engine/node/**'];

export default defineConfig({
  test: {
    coverage: { provider: 'v8', include: ['src/**/*.ts'] },
    projects: [
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: './test/worker/wrangler.toml' },
            miniflare: { bindings: { MIGRATIONS: await readD1Migrations('./migrations') } },
          })),
        ],
        test: {
          name: 'worker',
          include: ['src/**/*.test.ts', 'test/worker/**/*.test.ts'],
          exclude: NODE_ONLY,
        },
      },
      {
        test: {
          name: 'node',
          environment: 'node',
          include: ['{src,scripts,test}/**/*.node.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
