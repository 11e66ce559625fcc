import type { GraphFacts, Tensor } from '../../../src/engine/engine.ts';
import { createOrtEngine } from '../../../src/engine/ort/engine.ts';
import type { OrtService } from '../../../src/engine/ort/protocol.ts';
import { hashWithDigestStream } from '../../../src/model/digest-stream.ts';
import { createR2Objects } from '../../../src/model/r2.ts';
import { createStore } from '../../../src/model/store.ts';

interface Env {
  readonly ORT: OrtService & { spoil(): Promise<void> };
  readonly MODELS: R2Bucket;
}

/**
 * The main Worker's part in a test of the ORT Worker: real R2, real RPC, no resident set.
 * `POST /run?facts=<GraphFacts>` has the tensor as its body and loads the graph for each request.
 */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === '/memory') return Response.json(await env.ORT.memory());
    if (url.pathname === '/spoil') {
      await env.ORT.spoil();
      return new Response(null, { status: 204 });
    }
    const facts: GraphFacts = JSON.parse(url.searchParams.get('facts') ?? '');
    const data = new Float32Array(await request.arrayBuffer());
    return Response.json(await runOnce(env, facts, data));
  },
};

async function runOnce(env: Env, facts: GraphFacts, data: Float32Array): Promise<unknown> {
  const store = createStore(createR2Objects(env.MODELS), hashWithDigestStream);
  const session = await createOrtEngine(env.ORT).load(store.graph(facts), facts);
  if (!session.ok) return session;
  const { height, width } = facts.input;
  const shape: Tensor['shape'] = [1, 3, height, width];
  const ran = await session.value.run({ data, shape });
  session.value.dispose();
  if (!ran.ok) return ran;
  return { ok: true, bytes: session.value.bytes, scores: [...ran.value] };
}
