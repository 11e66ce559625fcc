// `npm run models -- <command>`: from a published checkpoint to a verified int8 graph.
import { defineCommand, runMain } from 'citty';
import { buildKernels } from './build.ts';
import { catalogue } from './models/commands/catalogue.ts';
import { convert } from './models/commands/convert.ts';
import { embed } from './models/commands/embed.ts';
import { evaluate } from './models/commands/evaluate.ts';
import { exportModel } from './models/commands/export.ts';
import { quantize } from './models/commands/quantize.ts';

// The image path's decoders are compiled from source.
await buildKernels();
await runMain(
  defineCommand({
    meta: { name: 'models', description: 'Models: convert, quantize, evaluate, export' },
    subCommands: { catalogue, convert, quantize, evaluate, embed, export: exportModel },
  }),
);
