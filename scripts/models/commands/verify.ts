import { defineCommand } from 'citty';
import { createPacker } from '../store/publish-model.ts';
import { type Checked, verifyModel } from '../store/verify-model.ts';
import { JSON_ARGUMENT } from './arguments.ts';
import { BUCKET_ARGUMENT, withBucket } from './bucket.ts';
import { printFailure, printResult } from './outcome.ts';

export const verify = defineCommand({
  meta: { name: 'verify', description: 'Reads a published model again and checks every digest' },
  args: {
    name: { type: 'positional', required: true, description: "The model's name" },
    bucket: BUCKET_ARGUMENT,
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const packer = await createPacker();
    const verdict = await withBucket(args.bucket, (objects) => {
      return verifyModel(objects, args.name, packer);
    });
    if (!verdict.ok) return printFailure(args.json, verdict.failure);
    const { name, sound, objects } = verdict.value;
    printResult(args.json, verdict.value, objects.map(describe).join('\n'));
    if (sound) return;
    process.exitCode = 1;
    console.error(`${name} is damaged; npm run models -- push ${name} puts it right`);
  },
});

function describe({ key, state, why }: Checked): string {
  return `${state.padEnd(11)} ${key}${why === undefined ? '' : ` (${why})`}`;
}
