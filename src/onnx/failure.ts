/** Why an ONNX file is refused. The codes are those of the ONNX suite and stay stable. */
export type OnnxCode =
  | 'truncated'
  | 'length_overflow'
  | 'bad_varint'
  | 'bad_wire_type'
  | 'bad_tag'
  | 'duplicate_field'
  | 'bad_utf8'
  | 'nesting_too_deep'
  | 'too_large'
  | 'missing_graph'
  | 'ir_version'
  | 'opset'
  | 'groups_unsupported'
  | 'bad_attribute'
  | 'unsupported_attribute'
  | 'unsupported_rank'
  | 'unsupported_type'
  | 'unsupported_shape'
  | 'unsupported_broadcast'
  | 'input_count'
  | 'output_count'
  | 'duplicate_name'
  | 'missing_initializer'
  | 'missing_output'
  | 'cyclic_graph'
  | 'too_many_nodes'
  | 'too_many_initializers'
  | 'name_too_long'
  | 'bad_type'
  | 'string_tensor'
  | 'negative_dim'
  | 'zero_dim'
  | 'huge_dim'
  | 'rank_too_high'
  | 'shape_mismatch'
  | 'value_out_of_range'
  | 'external_data'
  | 'sparse_tensor'
  | 'functions_unsupported'
  | 'training_unsupported'
  | 'zero_scale'
  | 'nan_scale'
  | 'bad_scale'
  | 'axis_out_of_range';

export type OnnxFailure =
  /** `where` names the tensor, node or byte; empty where the whole file is meant. */
  | { readonly code: OnnxCode; readonly where: string }
  | { readonly code: 'unknown_operator'; readonly operator: string };

/** One word for logs and answers: the code, with the operator's name where that is the reason. */
export function onnxReason(failure: OnnxFailure): string {
  return failure.code === 'unknown_operator'
    ? `unknown_operator:${failure.operator.slice(0, 64)}`
    : failure.code;
}
