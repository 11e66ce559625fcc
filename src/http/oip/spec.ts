import type { ModelCard } from '../../model/card.ts';
import type { InferenceSpec } from '../../oip/read-request.ts';
import type { TensorSpec } from '../../oip/tensor.ts';

/** A name always serves what was published last; a graph of its own is asked for by digest. */
export const VERSION = '1';

/** What an ONNX model is called in the protocol's list of platforms. */
export const PLATFORM = 'onnx_onnxv1';

/** Pictures of one request: eight at 224 x 224 are 4.8 MB of float32. */
export const BATCH_MAX = 8;

/**
 * A model's inputs, of which a request sends one: the finished tensor in float32 or float16, pixels
 * at the card's crop in either layout, or encoded pictures as they are. -1 is the batch.
 */
export function toSpec(card: ModelCard): InferenceSpec {
  const { height, width } = card.input;
  const planar = [-1, 3, height, width];
  const inputs: readonly TensorSpec[] = [
    { name: 'input', datatype: 'FP32', shape: planar },
    { name: 'input_fp16', datatype: 'FP16', shape: planar },
    { name: 'image_u8', datatype: 'UINT8', shape: [-1, height, width, 3] },
    { name: 'image_u8_nchw', datatype: 'UINT8', shape: planar },
    { name: 'image', datatype: 'BYTES', shape: [-1, 1] },
  ];
  const outputs: readonly TensorSpec[] = [
    { name: 'logits', datatype: 'FP32', shape: [-1, card.classes] },
  ];
  return { inputs, outputs, batchMax: BATCH_MAX };
}
