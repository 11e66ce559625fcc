import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '../../src/digest.ts';
import type { GraphFacts } from '../../src/engine/engine.ts';
import type { Architecture } from '../../src/engine/simd/random-model.node.ts';
import { randomResnet } from '../../src/engine/simd/random-model.node.ts';
import { writeOnnx } from '../../src/onnx/write.ts';
import { readCatalogue } from '../models/catalogue.ts';

/** A graph as benchmarks hand it to engines. */
export interface BenchGraph {
  readonly name: string;
  readonly onnx: Uint8Array<ArrayBuffer>;
  readonly facts: GraphFacts;
}

export interface NamedArchitecture {
  /** What tables call it: `resnet50 v1b, 1000 classes, 224 x 224`. */
  readonly name: string;
  readonly architecture: Architecture;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The catalogue's architectures, each once: entries that differ in their weights alone are one. */
export function catalogueArchitectures(): readonly NamedArchitecture[] {
  const found = new Map<string, NamedArchitecture>();
  for (const { architecture, input, classes } of readCatalogue()) {
    const { depth, variant, style } = architecture;
    const size = [input.height, input.width] as const;
    const one: Architecture = { depth, variant, style, size, classes, width: 64 };
    const name = nameOf(one);
    if (!found.has(name)) found.set(name, { name, architecture: one });
  }
  return [...found.values()].toSorted((a, b) => order(a) - order(b));
}

function nameOf({ depth, variant, style, classes, size }: Architecture): string {
  const kind = style === 'caffe' ? `${variant} ${style}` : variant;
  return `resnet${depth} ${kind}, ${classes} classes, ${size.join(' x ')}`;
}

/** Small pictures before large ones, then by depth. */
function order({ architecture: { size, depth } }: NamedArchitecture): number {
  return size[0] * 1000 + depth;
}

/** Random weights: what an inference costs does not depend on them. */
export function randomGraph({ name, architecture }: NamedArchitecture): Promise<BenchGraph> {
  const { classes, size } = architecture;
  const onnx = writeOnnx(randomResnet(architecture, architecture.depth, false));
  return toBenchGraph(`${name}, random weights`, onnx, classes, size);
}

export function embeddedGraph(name: string): Promise<BenchGraph> {
  const path = join(ROOT, 'models', name);
  const { input, classes } = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as GraphFacts;
  const onnx = new Uint8Array(readFileSync(`${path}.onnx`));
  return toBenchGraph(name, onnx, classes, [input.height, input.width]);
}

async function toBenchGraph(
  name: string,
  onnx: Uint8Array<ArrayBuffer>,
  classes: number,
  [height, width]: readonly [number, number],
): Promise<BenchGraph> {
  const input = { height, width, layout: 'NCHW' } as const;
  const facts = { name, graph: await sha256(onnx), bytes: onnx.length, input, classes };
  return { name, onnx, facts };
}
