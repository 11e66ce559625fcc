/** Why a Keras model in TensorFlow.js's layers form was refused. Weights have Keras's names. */
export type KerasFailure =
  | { readonly code: 'unreadable_file'; readonly path: string }
  | { readonly code: 'limit_exceeded'; readonly limit: string; readonly max: number }
  | { readonly code: 'bad_model_json'; readonly reason: string }
  /** Another of TensorFlow.js's forms: operators of a frozen graph, not Keras's layers. */
  | { readonly code: 'not_a_layers_model'; readonly saw: string }
  | { readonly code: 'bad_shard'; readonly shard: string; readonly reason: string }
  /** The shards hold another number of bytes than the shapes need. */
  | { readonly code: 'wrong_weight_bytes'; readonly stored: number; readonly needed: number }
  /** Rounded once already; rounding it again costs accuracy that nothing would explain. */
  | { readonly code: 'quantized_weight'; readonly key: string; readonly dtype: string }
  | { readonly code: 'unsupported_dtype'; readonly key: string; readonly dtype: string }
  | { readonly code: 'unsupported_layer'; readonly layer: string; readonly reason: string }
  | {
      readonly code: 'checkpoint_mismatch';
      readonly missing: readonly string[];
      readonly unexpected: readonly string[];
      readonly misshapen: readonly string[];
    };
