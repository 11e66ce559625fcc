/** Everything that a stranger's ONNX file can make large has its bound here. */
export interface OnnxLimits {
  /** Bytes of a whole file: what one isolate could hold at all. */
  readonly modelBytesMax: number;
  /** ResNet-152 in QDQ form has about 1,700 nodes and 1,400 initializers. */
  readonly nodesMax: number;
  readonly initializersMax: number;
  /** Elements of one initializer: 128 MB of int8, more than an isolate holds. */
  readonly tensorElementsMax: number;
  /** Elements of one activation: 64 MB of uint8. */
  readonly activationElementsMax: number;
  /** NCHW needs 4. */
  readonly rankMax: number;
  /** Names from PyTorch's exporter stay under 100 bytes. */
  readonly nameBytesMax: number;
  /** Messages inside messages; a model without sub-graphs has 7. */
  readonly messageDepthMax: number;
}

export const ONNX_LIMITS: OnnxLimits = {
  modelBytesMax: 2 ** 27,
  nodesMax: 4096,
  initializersMax: 4096,
  tensorElementsMax: 2 ** 27,
  activationElementsMax: 2 ** 26,
  rankMax: 8,
  nameBytesMax: 512,
  messageDepthMax: 16,
};

/** Operator set versions whose definitions of our operators agree (13 brought per-axis DQ). */
export const OPSET_MIN = 13;
export const OPSET_MAX = 21;
/** 4 brought initializers that are no inputs. */
export const IR_VERSION_MIN = 4;
export const IR_VERSION_MAX = 12;
/** No operator of ours takes more than 3 inputs; 16 leaves room for those that are then refused. */
export const NODE_INPUTS_MAX = 16;
export const NODE_OUTPUTS_MAX = 16;
/** Conv knows 6 attributes. */
export const NODE_ATTRIBUTES_MAX = 64;
/** Numbers in one attribute: pads has 4. */
export const ATTRIBUTE_NUMBERS_MAX = 64;
/** Classifiers have one output; tests expose every intermediate one. */
export const GRAPH_OUTPUTS_MAX = 4096;
/** Imported operator sets. */
export const OPSETS_MAX = 64;
/** metadata_props entries, and the length of a value in bytes. */
export const METADATA_MAX = 256;
export const METADATA_BYTES_MAX = 65536;
/** A window's kernel, stride, dilation or padding: far above any network, far below overflow. */
export const WINDOW_MAX = 65536;
