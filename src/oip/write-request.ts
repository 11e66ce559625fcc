import { writeFloats } from './binary-data.ts';
import { joinFrame } from './frame.ts';

export interface TensorRequest {
  readonly id: string;
  readonly input: string;
  readonly output: string;
  /** [batch, channels, height, width] */
  readonly shape: readonly number[];
  readonly numbers: Float32Array;
}

/** An inference request that carries its tensor as bytes, and asks for bytes. */
export function writeInferRequest(request: TensorRequest): {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headerLength: number;
} {
  const bytes = writeFloats(request.numbers);
  const { id, input, output, shape } = request;
  const document = {
    id,
    inputs: [
      {
        name: input,
        shape,
        datatype: 'FP32',
        parameters: { binary_data_size: bytes.length },
      },
    ],
    outputs: [{ name: output, parameters: { binary_data: true } }],
  };
  return joinFrame(document, [bytes]);
}
