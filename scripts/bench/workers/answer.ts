import { toDigest } from '../../../src/digest.ts';
import type { Engine, GraphFacts, Session } from '../../../src/engine/engine.ts';
import { hashWithDigestStream } from '../../../src/model/digest-stream.ts';
import type { ObjectStore } from '../../../src/model/objects.ts';
import { createR2Objects } from '../../../src/model/r2.ts';
import { createStore } from '../../../src/model/store.ts';
import type { Answer } from './protocol.ts';

export interface Bindings {
  readonly MODELS: R2Bucket;
}

/**
 * One engine alone in a Worker: the graph that the query names comes from R2 as in the product, the
 * body is the f32 tensor, `runs` inferences answer. Clocks stand still here: time is for outside.
 */
export function createAnswerer(
  engineOf: (objects: ObjectStore) => Promise<Engine>,
): ExportedHandler<Bindings> {
  let engine: Promise<Engine> | undefined;
  const sessions = new Map<string, Session>();
  async function sessionOf(objects: ObjectStore, facts: GraphFacts): Promise<Session> {
    engine ??= engineOf(objects);
    const held = sessions.get(facts.graph);
    if (held !== undefined) return held;
    const source = createStore(objects, hashWithDigestStream).graph(facts);
    const loaded = await (await engine).load(source, facts);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
    sessions.set(facts.graph, loaded.value);
    return loaded.value;
  }
  return {
    async fetch(request, env): Promise<Response> {
      const { searchParams } = new URL(request.url);
      const number = (name: string) => Number(searchParams.get(name));
      const facts = toFacts(searchParams.get('graph') ?? '', number);
      const data = new Float32Array(await request.arrayBuffer());
      const session = await sessionOf(createR2Objects(env.MODELS), facts);
      const shape = [1, 3, facts.input.height, facts.input.width] as const;
      let top = -1;
      for (let i = 0; i < number('runs'); i++) {
        const ran = await session.run({ data, shape });
        if (!ran.ok) throw new Error(JSON.stringify(ran.failure));
        top = ran.value.indexOf(Math.max(...ran.value));
      }
      return Response.json({ engine: session.engine, top, bytes: session.bytes } satisfies Answer);
    },
  };
}

function toFacts(graph: string, number: (name: string) => number): GraphFacts {
  const bytes = Uint8Array.from(graph.match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));
  const side = number('side');
  return {
    ...{ name: 'benchmark', graph: toDigest(bytes), bytes: number('bytes') },
    input: { height: side, width: side, layout: 'NCHW' },
    classes: number('classes'),
  };
}
