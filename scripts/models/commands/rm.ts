import { defineCommand } from 'citty';
import { removeModel } from '../store/remove-model.ts';
import { JSON_ARGUMENT } from './arguments.ts';
import { BUCKET_ARGUMENT, withBucket } from './bucket.ts';
import { printFailure, printResult } from './outcome.ts';

export const rm = defineCommand({
  meta: { name: 'rm', description: 'Takes a model out of a bucket, its graphs and packs with it' },
  args: {
    name: { type: 'positional', required: true, description: "The model's name" },
    bucket: BUCKET_ARGUMENT,
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const removed = await withBucket(args.bucket, (objects) => removeModel(objects, args.name));
    if (!removed.ok) return printFailure(args.json, removed.failure);
    const { keys, kept } = removed.value;
    const lines = [
      ...keys.map((key) => `removed     ${key}`),
      ...kept.map((key) => `kept        ${key}, which another model needs`),
    ];
    printResult(args.json, removed.value, lines.join('\n'));
  },
});
