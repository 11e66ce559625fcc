import type { ModelCard } from '../../../src/model/card.ts';
import type { OnnxModel, OnnxValue } from '../../../src/onnx/graph.ts';

/** `fp16`: the graph's float form, on a GPU by TensorRT. `int8`: the very graph, on processors. */
export type Precision = 'fp16' | 'int8';

export interface TritonOptions {
  readonly precision: Precision;
  readonly maxBatch: number;
  /** How long a request may wait for others to share its batch. */
  readonly queueDelayMicroseconds: number;
  /** Copies of the model on each GPU, or on the processor. */
  readonly instances: number;
}

/**
 * A start, not a measurement: no NVIDIA GPU was at hand. Triton's perf_analyzer finds the delay
 * and the batch that a GPU and its traffic want.
 */
export const DEFAULT_TRITON: TritonOptions = {
  precision: 'fp16',
  maxBatch: 16,
  queueDelayMicroseconds: 2000,
  instances: 1,
};

export const LABELS_FILE = 'labels.txt';

/**
 * Triton's ModelConfig (triton-inference-server/common, protobuf/model_config.proto), by its own
 * field names. Names and shapes are the graph's; dims leave out the batch, which must be symbolic.
 */
export function toModelConfig(card: ModelCard, model: OnnxModel, options: TritonOptions): object {
  const input = model.graph.inputs[0]!;
  const output = model.graph.outputs[0]!;
  return {
    name: card.name,
    backend: 'onnxruntime',
    platform: 'onnxruntime_onnx',
    max_batch_size: options.maxBatch,
    input: [
      { name: input.name, data_type: 'TYPE_FP32', format: 'FORMAT_NCHW', dims: dimsOf(input) },
    ],
    output: [
      {
        name: output.name,
        data_type: 'TYPE_FP32',
        dims: dimsOf(output),
        label_filename: LABELS_FILE,
      },
    ],
    instance_group: [
      { count: options.instances, kind: options.precision === 'fp16' ? 'KIND_GPU' : 'KIND_CPU' },
    ],
    dynamic_batching: {
      preferred_batch_size: preferredBatches(options.maxBatch),
      max_queue_delay_microseconds: options.queueDelayMicroseconds,
    },
    ...(options.precision === 'fp16' ? tensorRt(input, options.maxBatch) : {}),
    model_warmup: [...new Set([1, options.maxBatch])].map((batch) => warmUp(input, batch)),
    parameters: {
      preprocess: { string_value: JSON.stringify(card.preprocess) },
      graph_sha256: { string_value: card.graph },
    },
  };
}

function dimsOf(value: OnnxValue): number[] {
  return value.dims.slice(1).map((size) => {
    if (typeof size !== 'number') throw new RangeError(`export: ${value.name} has no fixed size`);
    return size;
  });
}

/** Powers of two from 4 on, and the largest: the batcher stops at these when it may. */
function preferredBatches(maxBatch: number): number[] {
  const sizes: number[] = [];
  for (let size = 4; size < maxBatch; size *= 2) sizes.push(size);
  return [...sizes, maxBatch];
}

/**
 * Parameters of the ONNX Runtime backend (triton-inference-server/onnxruntime_backend, README,
 * "ONNX Runtime with TensorRT optimization"). One engine for all batches: without the profile
 * TensorRT would build another whenever a larger batch comes, for minutes, while requests wait.
 */
function tensorRt(input: OnnxValue, maxBatch: number): object {
  const shape = (batch: number) => `${input.name}:${[batch, ...dimsOf(input)].join('x')}`;
  const parameters = {
    precision_mode: 'FP16',
    max_workspace_size_bytes: '1073741824',
    trt_engine_cache_enable: '1',
    trt_engine_cache_path: '/tmp/tensorrt-engines',
    trt_profile_min_shapes: shape(1),
    trt_profile_opt_shapes: shape(Math.min(8, maxBatch)),
    trt_profile_max_shapes: shape(maxBatch),
  };
  const accelerator = { name: 'tensorrt', parameters };
  return { optimization: { execution_accelerators: { gpu_execution_accelerator: [accelerator] } } };
}

/** Engines are built before the server says that it is ready, not in the first request. */
function warmUp(input: OnnxValue, batch: number): object {
  const sample = { data_type: 'TYPE_FP32', dims: dimsOf(input), random_data: true };
  return { name: `batch of ${batch}`, batch_size: batch, inputs: { [input.name]: sample } };
}
