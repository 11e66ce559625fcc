import { ONNX_LIMITS, type OnnxLimits } from '../../src/onnx/limits.ts';

/**
 * Weights of any form, whole in memory. An fp32 ResNet-152 has 241 MB, an unpublished one with its
 * optimizer's state about 0.75 GB.
 */
export const checkpointBytesMax = 2 ** 30;

/** A laptop's memory is not an isolate's: ONNX files of scripts are read under this. */
export const scriptOnnxLimits: OnnxLimits = { ...ONNX_LIMITS, modelBytesMax: checkpointBytesMax };

/** The pickle holds names and shapes: 34 KB for a ResNet-50. Training logs add some MB. */
export const pickleBytesMax = 64 * 1024 * 1024;

/**
 * Steps of one unpickling. A ResNet-152 takes some 60,000; an object of Python may be one byte in
 * the file and a hundred in memory, so that this, not the file's size, bounds what a pickle takes.
 */
export const pickleStepsMax = 2_000_000;

/** Python integers in checkpoints: torch's magic number has 10 bytes, counters have 8. */
export const pickleIntegerBytesMax = 32;

/** ResNet-152 has 934 entries; training files with optimizer state a few thousand. */
export const zipEntriesMax = 20_000;

/** Tensors of one state dict: as many as a zip may have entries. */
export const tensorsMax = zipEntriesMax;

/** A ResNet-152's header has 110 KB. JSON grows some tenfold in memory when it is parsed. */
export const safetensorsHeaderBytesMax = 4 * 1024 * 1024;

/** Dimensions of one tensor: convolutions have 4. */
export const tensorRankMax = 8;

/** Keras's model.json: 109 KB for a ResNet-50, some 300 KB for a ResNet-152. */
export const kerasJsonBytesMax = 4 * 1024 * 1024;

/** Shards of a TensorFlow.js model: 25 of 4 MiB for a ResNet-50, 58 for a ResNet-152. */
export const kerasShardsMax = 512;

/** Weights named by a model.json: 320 for a ResNet-50, 932 for a ResNet-152. */
export const kerasWeightsMax = 4096;

/** Layers of a Keras model: 177 for a ResNet-50, 517 for a ResNet-152. */
export const kerasLayersMax = 2048;

/** What calibrations have seen, kept to go on from: 10 MB each for a ResNet-50, 29 for a 152. */
export const observationFilesMax = 16;
