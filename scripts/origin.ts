// `npm run origin`: the origin on this machine, with the embedded models.
import { buildKernels } from './build.ts';

await buildKernels();
await import('../src/container/main.ts');
