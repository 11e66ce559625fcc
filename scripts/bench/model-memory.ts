import type { IsolateMemory } from '../../src/http/memory-report.ts';
import { startWorkerd, type WorkerdOptions } from '../workerd/workerd.ts';
import { classify } from './kinds.ts';

/** WASM memory of all isolates, held after some pictures, for one model alone in fresh isolates. */
export interface ModelMemory {
  readonly engine: string;
  /** By isolate and owner. */
  readonly wasm: Readonly<Record<string, number>>;
  /** Of what runs the model. */
  readonly engineBytes: number;
}

const PICTURES = 3;

export async function measureMemory(
  options: WorkerdOptions,
  model: string,
  photograph: Uint8Array<ArrayBuffer>,
): Promise<ModelMemory> {
  const workerd = await startWorkerd(options);
  try {
    const url = `${workerd.url}/v1/classify?model=${model}`;
    let engine = '';
    for (let i = 0; i < PICTURES; i++) {
      ({ engine } = (await classify(url, photograph, 'no-cache')).run);
    }
    const response = await fetch(`${workerd.url}/debug/memory`);
    const { isolates } = (await response.json()) as { isolates: readonly IsolateMemory[] };
    const held = isolates.flatMap(({ isolate, wasm }) =>
      Object.entries(wasm).map(([owner, { bytes }]) => [`${isolate} ${owner}`, bytes] as const),
    );
    const engines = held.filter(([owner]) => !owner.endsWith(DECODER));
    const engineBytes = engines.reduce((sum, [, bytes]) => sum + bytes, 0);
    return { engine, wasm: Object.fromEntries(held), engineBytes };
  } finally {
    await workerd.stop();
  }
}

/** What is not a decoder's belongs to engines. */
const DECODER = 'image_decoder';
