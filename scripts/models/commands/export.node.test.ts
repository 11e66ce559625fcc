import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { runCommand } from 'citty';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { batchMax, instancesMax, queueDelayMicrosecondsMax } from '../export/limits.ts';
import { exportModel } from './export.ts';
import { CACHE, MODELS } from './paths.ts';

const NAME = 'resnet18_8xb16_cifar10';
const ROOT = mkdtempSync(join(tmpdir(), 'export-'));
afterAll(() => rmSync(ROOT, { recursive: true }));
afterEach(() => {
  process.exitCode = 0;
  vi.restoreAllMocks();
});

/** KServe's own schema, where somebody put it: it is theirs, so it is not in this repository. */
const CRD = join(CACHE, 'schemas', 'serving.kserve.io_inferenceservices.yaml');
if (!existsSync(CRD)) console.error(`KServe's own schema: skipped, ${CRD} is absent`);

async function run(...rawArgs: string[]): Promise<{ exit: unknown; result: unknown }> {
  process.exitCode = 0;
  let printed = '';
  vi.spyOn(console, 'log').mockImplementation((line: string) => {
    printed = line;
  });
  vi.spyOn(console, 'error').mockImplementation(() => {});
  await runCommand(exportModel, { rawArgs: [...rawArgs, '--json'] });
  return { exit: process.exitCode, result: JSON.parse(printed) };
}

describe('export --triton', () => {
  it('puts a model into a repository beside others, and again only by force', async () => {
    const repository = join(ROOT, 'triton');
    const first = await run(NAME, '--triton', repository);
    expect(first).toMatchObject({ exit: 0, result: { written: join(repository, NAME) } });
    expect(readdirSync(join(repository, NAME)).toSorted()).toEqual([
      '1',
      'config.pbtxt',
      'labels.txt',
    ]);
    expect(await run(NAME, '--triton', repository)).toMatchObject({
      exit: 1,
      result: { failure: { code: 'already_there' } },
    });
    const forced = await run(NAME, '--triton', repository, '--force', '--precision', 'int8');
    expect(forced).toMatchObject({ exit: 0, result: { precision: 'int8' } });
    expect(readdirSync(ROOT).filter((file) => file.startsWith('triton'))).toEqual(['triton']);
  });

  it.each([
    ['max-batch', 1, batchMax],
    ['queue-delay-us', 0, queueDelayMicrosecondsMax],
    ['instances', 1, instancesMax],
  ])('takes --%s from %i to %i', async (argument, least, most) => {
    for (const good of [least, most]) {
      const folder = join(ROOT, `${argument}-${good}`);
      const done = await run(NAME, '--triton', folder, `--${argument}`, String(good));
      expect(done.exit).toBe(0);
    }
    for (const bad of [least - 1, most + 1, 1.5, 'many']) {
      const done = await run(NAME, '--triton', join(ROOT, 'no'), `--${argument}=${bad}`);
      const failure = { code: 'bad_argument', argument: `--${argument}`, least, most };
      expect(done).toMatchObject({ exit: 2, result: { failure } });
    }
    expect(existsSync(join(ROOT, 'no'))).toBe(false);
  });

  it.each([
    ['a model that is not there', ['nothing', '--triton', 'x'], 1, 'unknown_model'],
    ['a name that is a path', ['../models/x', '--triton', 'x'], 1, 'unknown_model'],
    ['a folder that has it not', [NAME, '--from', tmpdir(), '--triton', 'x'], 1, 'unknown_model'],
    ['no target', [NAME], 2, 'no_target'],
    ['two targets', [NAME, '--triton', 'x', '--kserve', 'y'], 2, 'no_target'],
    ['no address for KServe', [NAME, '--kserve', 'y'], 2, 'bad_storage_uri'],
    ['a path for KServe', [NAME, '--kserve', 'y', '--storage-uri', '/x'], 2, 'bad_storage_uri'],
  ] as const)('refuses %s', async (_, args, exit, code) => {
    expect(await run(...args)).toMatchObject({ exit, result: { failure: { code } } });
  });
});

describe('export --from another folder', () => {
  const folder = join(ROOT, 'from');
  const card = readFileSync(join(MODELS, `${NAME}.json`), 'utf8');
  const graph = readFileSync(join(MODELS, `${NAME}.onnx`));
  const exported = (json: string, onnx: Uint8Array) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${NAME}.json`), json);
    writeFileSync(join(folder, `${NAME}.onnx`), onnx);
    return run(NAME, '--from', folder, '--triton', join(ROOT, 'out'), '--force');
  };

  it('takes the graph that the card names, and no other', async () => {
    expect(await exported(card, graph)).toMatchObject({ exit: 0 });
    const cases = [
      ['wrong_digest', card, graph.subarray(1)],
      ['bad_card', '{"name": 1}', graph],
      ['bad_card', 'no JSON', graph],
      ['no_labels', card.replace('"labels": "cifar10"', '"labels": "nobody"'), graph],
    ] as const;
    for (const [code, json, onnx] of cases) {
      expect(await exported(json, onnx)).toMatchObject({ exit: 1, result: { failure: { code } } });
    }
  });
});

describe('export --kserve', () => {
  it('writes an InferenceService over the same repository', async () => {
    const folder = join(ROOT, 'kserve');
    const done = await run(NAME, '--kserve', folder, '--storage-uri', 's3://bucket/models');
    expect(done).toMatchObject({ exit: 0 });
    const config = readFileSync(join(folder, 'repository', NAME, 'config.pbtxt'), 'utf8');
    expect(config).toContain(`name: "${NAME}"`);
    const manifest = parse(readFileSync(join(folder, 'inference-service.yaml'), 'utf8'));
    expect(manifest).toMatchObject({
      apiVersion: 'serving.kserve.io/v1beta1',
      kind: 'InferenceService',
      metadata: { name: 'resnet18-8xb16-cifar10' },
      spec: {
        predictor: {
          model: {
            modelFormat: { name: 'triton', version: '2' },
            runtime: 'kserve-tritonserver',
            protocolVersion: 'v2',
            storageUri: 's3://bucket/models',
            resources: { limits: { 'nvidia.com/gpu': '1' } },
          },
        },
      },
    });
    expect(manifest.metadata.name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
  });

  it.skipIf(!existsSync(CRD))("is an InferenceService by KServe's own schema", async () => {
    const folder = join(ROOT, 'kserve-schema');
    await run(NAME, '--kserve', folder, '--storage-uri', 's3://bucket/models');
    const manifest = parse(readFileSync(join(folder, 'inference-service.yaml'), 'utf8'));
    const crd = parse(readFileSync(CRD, 'utf8'));
    const version = crd.spec.versions.find((one: { name: string }) => one.name === 'v1beta1');
    const check = new Ajv({ strict: false, logger: false }).compile(
      closed(version.schema.openAPIV3Schema) as object,
    );
    expect(check(manifest), JSON.stringify(check.errors)).toBe(true);
    manifest.spec.predictor.model.storageUrl = 's3://typo';
    expect(check(manifest)).toBe(false);
  });
});

/** Kubernetes drops what a schema does not name; here it is an error. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, at]) => [key, closed(at)]));
  const open = 'additionalProperties' in schema || !('properties' in schema);
  const keeps = 'x-kubernetes-preserve-unknown-fields' in schema;
  return open || keeps ? inner : { ...inner, additionalProperties: false };
}
