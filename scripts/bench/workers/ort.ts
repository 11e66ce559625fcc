import type { Engine, EngineFailure, Session } from '../../../src/engine/engine.ts';
import { toEngineFailure } from '../../../src/engine/ort/failure.ts';
import { openRuntime, type Runtime } from '../../../src/engine/ort/runtime.ts';
import { type OrtSession, openSession } from '../../../src/engine/ort/session.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { createAnswerer } from './answer.ts';

/** The product's lid would keep ResNet-101 and -152 out; here they are only to be measured. */
const LINEAR_BYTES_MAX = 512 * 2 ** 20;

// onnxruntime-web at its best: no RPC, no second copy of the graph, its digest checked once.
export default createAnswerer(async () => createEngine(await openRuntime(LINEAR_BYTES_MAX)));

function createEngine(runtime: Runtime): Engine {
  return {
    name: 'ort',
    estimateBytes: ({ bytes }) => bytes,
    async load(graph, facts): Promise<Result<Session, EngineFailure>> {
      const opened = await graph.open();
      if (!opened.ok) return opened;
      const bytes = await new Response(opened.value).bytes();
      const session = await openSession(runtime, bytes, facts);
      return session.ok
        ? ok(toSession(runtime, session.value))
        : fail(toEngineFailure(session.failure));
    },
  };
}

function toSession(runtime: Runtime, session: OrtSession): Session {
  return {
    engine: 'ort',
    bytes: runtime.memoryBytes(),
    async run(input) {
      const ran = await session.run(input);
      if (ran.ok) return ran;
      return fail('kind' in ran.failure ? toEngineFailure(ran.failure) : ran.failure);
    },
    dispose() {},
  };
}
