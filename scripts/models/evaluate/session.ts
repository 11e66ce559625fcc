import * as ort from 'onnxruntime-node';

/**
 * A session of onnxruntime-node whose threads sleep while they wait: spinning takes the cores from
 * the picture decoder beside it, and from everyone else.
 */
export function openSession(graph: Uint8Array): Promise<ort.InferenceSession> {
  const extra = { session: { intra_op: { allow_spinning: '0' } } };
  return ort.InferenceSession.create(graph, { extra });
}
