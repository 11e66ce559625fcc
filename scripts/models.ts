// `npm run models -- <command>`: from a published checkpoint to a verified int8 graph in a bucket.
import { defineCommand, type SubCommandsDef } from 'citty';
import { buildKernels } from './build.ts';
import { add } from './models/commands/add.ts';
import { cascade } from './models/commands/cascade.ts';
import { catalogue } from './models/commands/catalogue.ts';
import { convert } from './models/commands/convert.ts';
import { embed } from './models/commands/embed.ts';
import { evaluate } from './models/commands/evaluate.ts';
import { exportModel } from './models/commands/export.ts';
import { info } from './models/commands/info.ts';
import { list } from './models/commands/list.ts';
import { pull } from './models/commands/pull.ts';
import { push } from './models/commands/push.ts';
import { quantize } from './models/commands/quantize.ts';
import { rm } from './models/commands/rm.ts';
import { runCommandLine } from './models/commands/run-command-line.ts';
import { verify } from './models/commands/verify.ts';

// In the order of use.
const subCommands: SubCommandsDef = {
  ...{ list, info, add, pull, convert, quantize, evaluate, cascade, push, verify, rm },
  ...{ export: exportModel, embed, catalogue },
};

const description = 'Models: from a published checkpoint to a verified int8 graph in a bucket';
const main = defineCommand({ meta: { name: 'models', description }, subCommands });

// The image path's decoders are compiled from source.
await buildKernels();
await runCommandLine(main, subCommands, process.argv.slice(2));
