import type { EngineFailure } from '../engine.ts';

/** What went wrong inside ONNX Runtime, told from what it threw. */
export type OrtFault =
  /** Its own error: the call failed, the runtime stands. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The allocator met the lid. What the failed call had taken may be lost. */
  | { readonly kind: 'out_of_memory'; readonly reason: string }
  /** A trap or an abort: nothing in linear memory can be trusted. */
  | { readonly kind: 'trapped'; readonly reason: string };

/** Reasons go into logs and answers: an operator's name is wanted there, a page of text is not. */
const REASON_CHARS_MAX = 300;

export function toOrtFault(thrown: unknown): OrtFault {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const reason = message.replace(/\s+/g, ' ').slice(0, REASON_CHARS_MAX);
  if (thrown instanceof WebAssembly.RuntimeError) return { kind: 'trapped', reason };
  if (/bad_alloc|failed to allocate/i.test(message)) return { kind: 'out_of_memory', reason };
  // ONNX Runtime's JavaScript puts its status into the message: "… ERROR_CODE: 2, …".
  if (/ERROR_CODE: \d+/.test(message)) return { kind: 'refused', reason };
  return { kind: 'trapped', reason };
}

/** What loading a graph answers for it. */
export function toEngineFailure(fault: OrtFault): EngineFailure {
  const code = fault.kind === 'refused' ? 'graph_refused' : 'engine_failed';
  return { code, reason: fault.reason };
}

export const TOO_LARGE: EngineFailure = {
  code: 'graph_refused',
  reason: 'too large for this isolate',
};
