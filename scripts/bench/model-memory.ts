import type { IsolateMemory } from '../../src/http/memory-report.ts';
import { startWorkerd, type WorkerdOptions } from '../workerd/workerd.ts';
import { classify } from './kinds.ts';

/** What one model takes, alone in fresh isolates. */
export interface ModelMemory {
  readonly engine: string;
  /** Held after some pictures, by isolate and owner. */
  readonly wasm: Readonly<Record<string, number>>;
  /** Of the session: what engines hold after these pictures and did not before. */
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
    // Asking starts ONNX Runtime, whose empty memory belongs to no model.
    const before = sumOfEngines(await readHeld(workerd.url));
    let engine = '';
    for (let i = 0; i < PICTURES; i++) {
      ({ engine } = (await classify(url, photograph, 'no-cache')).run);
    }
    const wasm = await readHeld(workerd.url);
    return { engine, wasm, engineBytes: sumOfEngines(wasm) - before };
  } finally {
    await workerd.stop();
  }
}

async function readHeld(url: string): Promise<Readonly<Record<string, number>>> {
  const response = await fetch(`${url}/debug/memory`);
  const { isolates } = (await response.json()) as { isolates: readonly IsolateMemory[] };
  const held = isolates.flatMap(({ isolate, wasm }) =>
    Object.entries(wasm).map(([owner, { bytes }]) => [`${isolate} ${owner}`, bytes]),
  );
  return Object.fromEntries(held);
}

/** What is not a decoder's belongs to engines. */
function sumOfEngines(wasm: Readonly<Record<string, number>>): number {
  const engines = Object.entries(wasm).filter(([owner]) => !owner.endsWith('image_decoder'));
  return engines.reduce((sum, [, bytes]) => sum + bytes, 0);
}
