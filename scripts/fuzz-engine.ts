// `npm run fuzz:engine [-- --count 2000 --seed 1]`: damages graphs and packs in seeded ways, loads
// them into our engine and runs what it takes. Every second case is a graph; of the packs, half are
// damaged as bytes and half carry a forged header with checksums that fit. Fails on an exception
// that escapes, on a case that takes too long or too much memory, and where the next sound graph
// gives other bits than before. Prints seed and number of what failed, to repeat it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Digest } from '../src/digest.ts';
import type { ByteSource, GraphFacts, Tensor } from '../src/engine/engine.ts';
import { createSimdEngine } from '../src/engine/simd/engine.ts';
import { SESSION_BYTES_MAX } from '../src/engine/simd/limits.ts';
import { damage, forgePack, headerOf, mutateHeader } from '../src/engine/simd/mutate.node.ts';
import { packGraph } from '../src/engine/simd/pack-graph.ts';
import type { Architecture } from '../src/engine/simd/random-model.node.ts';
import { randomResnet } from '../src/engine/simd/random-model.node.ts';
import { random } from '../src/engine/simd/random-net.node.ts';
import { writeOnnx } from '../src/onnx/write.ts';
import { buildSimdKernels } from './build.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
  },
});
/** CPU time, which other work on the machine does not move. WORK_MAX is some two seconds. */
const CASE_CPU_MS_MAX = 6000;
const GRAPH = '7'.repeat(64) as Digest;
const SUITE = new URL('../../shared/suites/onnx/files/', import.meta.url);

const UNREADABLE: ByteSource = {
  bytes: 1,
  open: async () => ({ ok: false, failure: { code: 'graph_unreadable' } }),
};

interface Source {
  readonly name: string;
  readonly onnx: Uint8Array<ArrayBuffer>;
  /** Null where the graph runs node by node. */
  readonly pack: Uint8Array<ArrayBuffer> | null;
  readonly facts: GraphFacts;
}

const module = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
process.exit(await main(Number(values.count), Number(values.seed)));

async function main(count: number, seed: number): Promise<number> {
  const sources = [...ownSources(), ...suiteSources()];
  const whole = await Promise.all(sources.map((source) => outcomeOf(source, source.onnx, null)));
  const next = random(seed);
  const tally: Record<string, number> = {};
  for (let n = 0; n < count; n++) {
    const source = sources[Math.floor(next() * sources.length)]!;
    const mutant = mutate(source, n, next);
    const startMs = cpuMs();
    const outcome = await outcomeOf(source, mutant.onnx, mutant.pack);
    const tookMs = cpuMs() - startMs;
    const kind = `${mutant.kind}: ${outcome.startsWith('ran') ? 'ran' : outcome}`;
    tally[kind] = (tally[kind] ?? 0) + 1;
    const other = Math.floor(next() * sources.length);
    const sound = sources[other]!;
    const unharmed = (await outcomeOf(sound, sound.onnx, null)) === whole[other];
    const bad = outcome.startsWith('escaped') || outcome.startsWith('took');
    if (bad || tookMs > CASE_CPU_MS_MAX || !unharmed) {
      console.log(JSON.stringify({ seed, n, name: source.name, outcome, tookMs, unharmed }));
      return 1;
    }
  }
  console.log(JSON.stringify({ seed, count, sources: sources.length, outcomes: tally }, null, 1));
  return 0;
}

interface Mutant {
  readonly kind: 'graph' | 'pack' | 'forged pack';
  readonly onnx: Uint8Array<ArrayBuffer> | null;
  readonly pack: Uint8Array<ArrayBuffer> | null;
}

function mutate({ onnx, pack }: Source, n: number, next: () => number): Mutant {
  if (pack === null || n % 2 === 0) return { kind: 'graph', onnx: damage(onnx, next), pack: null };
  if (n % 4 === 1) return { kind: 'pack', onnx: null, pack: damage(pack, next) };
  const forged = forgePack(module, pack, mutateHeader(headerOf(pack), next));
  return { kind: 'forged pack', onnx: null, pack: forged };
}

/** What came of it: the logits' bits, a failure's code, or what must not be. */
async function outcomeOf(
  { facts }: Source,
  onnx: Uint8Array<ArrayBuffer> | null,
  pack: Uint8Array<ArrayBuffer> | null,
): Promise<string> {
  const engine = createSimdEngine(module, async () => (pack === null ? null : toSource(pack)));
  try {
    const loaded = await engine.load(onnx === null ? UNREADABLE : toSource(onnx), facts);
    if (!loaded.ok) return loaded.failure.code;
    if (loaded.value.bytes > SESSION_BYTES_MAX + 65_536) return `took ${loaded.value.bytes} bytes`;
    const ran = await loaded.value.run(pictureOf(facts));
    loaded.value.dispose();
    return ran.ok ? `ran ${[...ran.value].join()}` : ran.failure.code;
  } catch (error) {
    return `escaped: ${error}`;
  }
}

function toSource(bytes: Uint8Array<ArrayBuffer>): ByteSource {
  const open = async () => ({ ok: true, value: new Blob([bytes]).stream() }) as const;
  return { bytes: bytes.length, open };
}

function pictureOf({ input }: GraphFacts): Tensor {
  const { height, width } = input;
  const data = Float32Array.from({ length: 3 * height * width }, (_, i) => Math.sin(i * 0.7) * 2);
  return { data, shape: [1, 3, height, width] };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Small nets that use every kernel between them. */
function ownSources(): readonly Source[] {
  const small = { width: 16, classes: 10, style: 'pytorch' } as const;
  const architectures: Readonly<Record<string, Architecture>> = {
    'ResNet-18 v1d': { ...small, depth: 18, variant: 'v1d', size: [48, 40] },
    'ResNet-50 caffe': { ...small, depth: 50, variant: 'v1b', style: 'caffe', size: [56, 56] },
    'ResNet-18 CIFAR': { ...small, depth: 18, variant: 'cifar', size: [32, 32] },
  };
  return Object.entries(architectures).map(([name, one]) => {
    const onnx = writeOnnx(randomResnet(one, 1, one.depth === 50));
    const packed = packGraph(module, onnx, GRAPH);
    if (!packed.ok) throw new Error(packed.failure);
    const [height, width] = one.size;
    const input = { height, width, layout: 'NCHW' } as const;
    const facts = { name, graph: GRAPH, bytes: onnx.length, input, classes: 10 };
    return { name, onnx, pack: Uint8Array.from(packed.value), facts };
  });
}

/** The suite's small ResNets, where it is there. */
function suiteSources(): readonly Source[] {
  if (!existsSync(SUITE)) return [];
  const names = readdirSync(SUITE).filter((name) => name.startsWith('ok_resnet_tiny'));
  return names.map((name) => {
    const onnx = new Uint8Array(readFileSync(new URL(name, SUITE)));
    const input = { height: 16, width: 16, layout: 'NCHW' } as const;
    const facts = { name, graph: GRAPH, bytes: onnx.length, input, classes: 10 };
    const packed = packGraph(module, onnx, GRAPH);
    return { name, onnx, pack: packed.ok ? Uint8Array.from(packed.value) : null, facts };
  });
}
