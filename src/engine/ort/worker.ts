import { WorkerEntrypoint } from 'cloudflare:workers';
import type { Digest } from '../../digest.ts';
import type { Result } from '../../result.ts';
import type { GraphFacts, Tensor } from '../engine.ts';
import { LINEAR_BYTES_MAX } from './limits.ts';
import type { OrtHeld, OrtLoadReply, OrtMemory, OrtRunFailure, OrtService } from './protocol.ts';
import { openRuntime } from './runtime.ts';
import { createSessions } from './sessions.ts';

// The isolate's one model slot: opened by the first request, never at start-up.
let sessions: Promise<OrtService> | undefined;

/** ONNX Runtime behind a service binding (`entrypoint = "OrtEngine"`). */
export class OrtEngine extends WorkerEntrypoint implements OrtService {
  async run(digest: Digest, input: Tensor): Promise<Result<Float32Array, OrtRunFailure>> {
    return (await this.#open()).run(digest, input);
  }

  async held(facts: GraphFacts): Promise<Result<OrtHeld, OrtRunFailure>> {
    return (await this.#open()).held(facts);
  }

  async load(facts: GraphFacts, graph: ReadableStream<Uint8Array>): Promise<OrtLoadReply> {
    const loaded = (await this.#open()).load(facts, graph);
    // Others wait for this load: it outlives a caller that goes away.
    this.ctx.waitUntil(loaded);
    return loaded;
  }

  async memory(): Promise<OrtMemory> {
    return (await this.#open()).memory();
  }

  #open(): Promise<OrtService> {
    if (sessions === undefined) {
      sessions = openRuntime(LINEAR_BYTES_MAX).then(createSessions);
      this.ctx.waitUntil(sessions);
    }
    return sessions;
  }
}

// It has no route; whoever finds one finds nothing.
export default { fetch: (): Response => new Response(null, { status: 404 }) };
