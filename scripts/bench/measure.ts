import { performance } from 'node:perf_hooks';
import type { ProcessUse } from '../workerd/process.ts';
import { medianOf } from './statistics.ts';

/** A kind of request that is measured beside others in the same run. */
export interface Kind {
  readonly name: string;
  /** The process that answers; without it there is no CPU time. */
  readonly use: ProcessUse | undefined;
  /** One request of this kind, its answer read to the end and checked. */
  send(): Promise<void>;
}

export interface Measured {
  /** Wall time of each request. */
  readonly wallMs: readonly number[];
  /** CPU time of the answering process per request, one figure a block. */
  readonly cpuMs: readonly number[];
}

export interface Blocks {
  readonly blocks: number;
  readonly requestsPerBlock: number;
}

/**
 * Sequential requests in blocks, all kinds in turn within each round, so that what else the machine
 * does meets all of them. The process's clock has steps of 10 ms: a block is read as a whole.
 */
export async function measureKinds(
  kinds: readonly Kind[],
  blocksOf: (kind: Kind) => Blocks,
): Promise<ReadonlyMap<string, Measured>> {
  const measured = new Map(kinds.map(({ name }) => [name, newMeasured()]));
  const rounds = Math.max(...kinds.map((kind) => blocksOf(kind).blocks));
  for (let round = 0; round < rounds; round++) {
    for (const kind of kinds) {
      const { blocks, requestsPerBlock } = blocksOf(kind);
      const into = measured.get(kind.name);
      if (round < blocks && into !== undefined) await measureBlock(kind, requestsPerBlock, into);
    }
  }
  return measured;
}

function newMeasured(): { wallMs: number[]; cpuMs: number[] } {
  return { wallMs: [], cpuMs: [] };
}

async function measureBlock(
  kind: Kind,
  requests: number,
  into: { readonly wallMs: number[]; readonly cpuMs: number[] },
): Promise<void> {
  const before = kind.use?.cpuMs();
  for (let i = 0; i < requests; i++) {
    const begin = performance.now();
    await kind.send();
    into.wallMs.push(performance.now() - begin);
  }
  // What is written behind the answer belongs to the request.
  await pause(BEHIND_MS);
  if (before !== undefined && kind.use !== undefined) {
    into.cpuMs.push((kind.use.cpuMs() - before) / requests);
  }
}

const BEHIND_MS = 20;

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** CPU time where the system tells it; else wall time, which the reader must be told. */
export function costMs({ cpuMs, wallMs }: Measured): number {
  return medianOf(cpuMs.length > 0 ? cpuMs : wallMs);
}
