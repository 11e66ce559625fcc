import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/digest.ts';
import type { Publication } from '../../src/model/publish.ts';
import { keepReady, readAdded, readyFolder } from './add/added-model.ts';
import { ROOT } from './commands/paths.ts';
import { createPacker, type Packer, publishModel } from './store/publish-model.ts';
import { verifyModel } from './store/verify-model.ts';
import { type Buckets, openBuckets } from './testing/buckets.ts';
import { killAfter, runModels, startModels } from './testing/command.ts';
import { startFaultyProxy } from './testing/faulty-proxy.ts';
import { startFileServer } from './testing/file-server.ts';
import { makeOwnCheckpoint } from './testing/own-checkpoint.ts';

// The real command, killed at random moments. More rounds: KILL_ROUNDS=30 KILL_SEED=… npm test …
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 4);
const SEED = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000);

function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe(`a command that is killed (KILL_SEED=${SEED}, ${ROUNDS} rounds each)`, () => {
  const random = createRandom(SEED);
  let folder: string;
  let buckets: Buckets;
  let pack: Packer;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'razorbill-killed-'));
    buckets = await openBuckets();
    pack = await createPacker();
    const { endpoint, bucket, accessKeyId, secretAccessKey } = buckets.settings;
    env = {
      RAZORBILL_CACHE: join(folder, 'cache'),
      RAZORBILL_STATE: join(folder, 'state'),
      S3_ENDPOINT: endpoint,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
    };
  });
  afterAll(async () => {
    await buckets.close();
    rmSync(folder, { recursive: true });
  });

  /** What a reader of the bucket gets, by the binding of the Worker: a whole graph or none. */
  async function graphSeen(name: string): Promise<string | undefined> {
    const verdict = await verifyModel(buckets.r2, name, pack);
    if (!verdict.ok) {
      expect(verdict.failure.code).toBe('unknown_model');
      return undefined;
    }
    expect(verdict.value.objects.filter(({ state }) => state !== 'sound')).toEqual([]);
    const [, , , graph] = verdict.value.objects;
    return /^graphs\/(\w+)\.onnx$/.exec(graph?.key ?? '')?.[1];
  }

  it(
    'pull: the file is whole or not there, and the next run goes on',
    async () => {
      const content = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 13) & 255));
      const digest = createHash('sha256').update(content).digest('hex');
      const name = `net-${digest.slice(0, 8)}.pth`;
      const path = join(folder, 'cache', 'checkpoints', 'slow', name);
      let command: ReturnType<typeof startModels> | undefined;
      // Some 2 s for the whole file. Counted from the request: how long a start takes is nobody's
      // promise.
      const server = await startFileServer({ name, content, etag: '"1"' }, () => (_q, _s, send) => {
        const { child } = command ?? {};
        setTimeout(() => child?.kill('SIGKILL'), 100 + random() * 900);
        send({ pieces: { bytes: 30_000, everyMs: 20 } });
      });
      const args = ['pull', 'slow', '--from', server.url.href, '--json'];
      let killed = 0;
      for (let round = 0; round < ROUNDS; round++) {
        command = startModels(args, env);
        killed += Number((await command.ended).code === null);
        if (existsSync(path)) expect(readFileSync(path).equals(content)).toBe(true);
      }
      expect(killed).toBeGreaterThan(0);
      command = undefined;
      const last = await runModels(args, env);
      expect(last, last.stderr).toMatchObject({ code: 0 });
      expect(JSON.parse(last.stdout)).toMatchObject({ path, sha256: digest, prefix: 'matches' });
      expect(readFileSync(path).equals(content)).toBe(true);
      const resumed = server.ranges.filter((range) => /^bytes=[1-9]/.test(range ?? ''));
      expect(resumed.length).toBeGreaterThan(0);
      await server.close();
    },
    60_000 + ROUNDS * 10_000,
  );

  it('push: a reader sees the old model or the new, whichever request was the last', async () => {
    const versions = await makeVersions();
    expect(await publishModel(buckets.r2, versions[0]!, pack)).toMatchObject({ ok: true });
    let seen = versions[0]!.card.graph as string | undefined;
    let killed = 0;
    // The old card, the pack, the graph, the labels, the card by digest, the card by name.
    for (let last = 1; last <= 7; last++) {
      const next = versions[last % 2]!;
      keepReady(join(folder, 'cache'), next);
      const fault = (['reset', 'cut-upload', 'lost-answer'] as const)[Math.floor(random() * 3)]!;
      const { origin, pathname } = new URL(buckets.settings.endpoint);
      let command: ReturnType<typeof startModels> | undefined;
      const proxy = await startFaultyProxy(origin, (n) => {
        if (n === last) setTimeout(() => command?.child.kill('SIGKILL'), 20);
        return n === last ? fault : 'none';
      });
      const own = { ...env, S3_ENDPOINT: `${proxy.origin}${pathname}` };
      command = startModels(['push', 'auk', '--bucket', 's3', '--json'], own);
      const { code } = await command.ended;
      killed += Number(code === null);
      await proxy.close();
      const graph = await graphSeen('auk');
      expect([seen, next.card.graph], `killed at request ${last}, ${fault}`).toContain(graph);
      seen = graph;
    }
    expect(killed).toBe(6);
    expect(seen).toBe(versions[1]!.card.graph);
  }, 240_000);

  it(
    'push: the same at random moments',
    async () => {
      const versions = await makeVersions();
      const args = ['push', 'auk', '--bucket', 's3', '--json'];
      const push = async (i: number, killMs: number): Promise<void> => {
        keepReady(join(folder, 'cache'), versions[i]!);
        await killAfter(killMs, startModels(args, env));
      };
      const startMs = performance.now();
      await push(0, 60_000);
      const wholeMs = performance.now() - startMs;
      let seen = await graphSeen('auk');
      expect(seen).toBe(versions[0]!.card.graph);
      for (let round = 1; round <= ROUNDS; round++) {
        await push(round % 2, random() * wholeMs);
        const graph = await graphSeen('auk');
        expect([seen, versions[round % 2]!.card.graph]).toContain(graph);
        seen = graph;
      }
      await push(1, 60_000);
      expect(await graphSeen('auk')).toBe(versions[1]!.card.graph);
    },
    60_000 + ROUNDS * 10_000,
  );

  it(
    'add: each stage is whole or not there, and the next run ends what was begun',
    async () => {
      const paths = [1, 2].map((seed) => {
        const path = join(folder, `own-${seed}.pth`);
        writeFileSync(path, makeOwnCheckpoint(seed, 10));
        return path;
      });
      const add = (i: number): string[] => [
        ...['add', 'own', '--from', paths[i]!, '--labels', 'cifar10', '--preprocess', 'cifar10'],
        ...['--bucket', 's3', '--json'],
      ];
      const startMs = performance.now();
      const old = await runModels(add(0), env);
      expect(old, old.stderr).toMatchObject({ code: 0 });
      const wholeMs = performance.now() - startMs;
      const graphs = [JSON.parse(old.stdout).graph as string];
      const found = new Set<string | undefined>();
      for (let round = 0; round < ROUNDS; round++) {
        await killAfter(random() * wholeMs, startModels(add(1), env));
        const ready = await readAdded('own', [readyFolder(join(folder, 'cache'), 'own')]);
        if (ready.ok) found.add(ready.value.card.graph);
        else expect(ready.failure.code).toBe('not_made');
        found.add(await graphSeen('own'));
      }
      const last = await runModels(add(1), env);
      expect(last, last.stderr).toMatchObject({ code: 0 });
      graphs.push(JSON.parse(last.stdout).graph);
      expect(await graphSeen('own')).toBe(graphs[1]);
      expect(graphs[0]).not.toBe(graphs[1]);
      // The old model or the new one, and never none: there was one before.
      expect([...found].filter((graph) => !graphs.includes(String(graph)))).toEqual([]);

      const clean = { ...env, RAZORBILL_CACHE: join(folder, 'clean') };
      const anew = await runModels([...add(1), '--no-push'], clean);
      expect(JSON.parse(anew.stdout).graph, 'made in one go').toBe(graphs[1]);
      const again = await runModels(add(1), env);
      expect(again.stderr.match(/\(kept\)/g)).toHaveLength(2);
    },
    120_000 + ROUNDS * 20_000,
  );

  /** Two graphs that our engine packs: one network, another word in each file's metadata. */
  async function makeVersions(): Promise<readonly Publication[]> {
    const embedded = await readAdded('resnet18_8xb16_cifar10', [join(ROOT, 'models')]);
    if (!embedded.ok) return expect.fail(JSON.stringify(embedded.failure));
    const { graph, labels, card } = embedded.value;
    return Promise.all(
      [1, 2].map(async (version) => {
        const changed = Uint8Array.from([...graph, ...metadata(`version ${version}`)]);
        const own = { name: 'auk', graph: await sha256(changed), bytes: changed.length };
        return { graph: changed, labels, card: { ...card, ...own } };
      }),
    );
  }
});

/** ModelProto's `metadata_props` (field 14) with one more entry: { key: "test", value }. */
function metadata(value: string): readonly number[] {
  const text = (field: number, content: string): number[] => {
    const bytes = new TextEncoder().encode(content);
    return [field * 8 + 2, bytes.length, ...bytes];
  };
  const entry = [...text(1, 'test'), ...text(2, value)];
  return [14 * 8 + 2, entry.length, ...entry];
}
