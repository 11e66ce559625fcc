import type { OnnxTensor } from './graph.ts';

/** Little-endian elements of a tensor as numbers; int64 rounded beyond 2^53. */
export function tensorNumbers(
  tensor: OnnxTensor,
): number[] | Float32Array | Int8Array | Uint8Array {
  const { raw, type } = tensor;
  if (type === 'uint8') return raw;
  if (type === 'int8') return new Int8Array(raw.buffer, raw.byteOffset, raw.length);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  if (type === 'float32') {
    const floats = new Float32Array(raw.length / 4);
    for (let i = 0; i < floats.length; i++) floats[i] = view.getFloat32(i * 4, true);
    return floats;
  }
  const numbers: number[] = [];
  if (type === 'int32') {
    for (let at = 0; at < raw.length; at += 4) numbers.push(view.getInt32(at, true));
  } else {
    for (let at = 0; at < raw.length; at += 8) {
      numbers.push(view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true));
    }
  }
  return numbers;
}
