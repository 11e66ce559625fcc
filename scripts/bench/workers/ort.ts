import { createOrtEngine } from '../../../src/engine/ort/engine.ts';
import { LINEAR_BYTES_MAX } from '../../../src/engine/ort/limits.ts';
import { openRuntime } from '../../../src/engine/ort/runtime.ts';
import { createSessions } from '../../../src/engine/ort/sessions.ts';
import { createAnswerer } from './answer.ts';

// The same code as in its own Worker, but called without RPC: only the engine is to differ.
export default createAnswerer(async () => {
  return createOrtEngine(createSessions(await openRuntime(LINEAR_BYTES_MAX)));
});
