/** Why a checkpoint was refused. `at` is a byte offset, `key` a name in the state dict. */
export type CheckpointFailure =
  | { readonly code: 'unknown_container'; readonly saw: string }
  | { readonly code: 'torchscript_refused' }
  | { readonly code: 'truncated'; readonly at: number }
  | { readonly code: 'bad_zip'; readonly reason: string }
  | { readonly code: 'unsupported_zip'; readonly reason: string }
  | { readonly code: 'bad_safetensors'; readonly reason: string }
  | { readonly code: 'bad_pickle'; readonly reason: string; readonly at: number }
  | { readonly code: 'unsupported_opcode'; readonly opcode: string; readonly at: number }
  | { readonly code: 'limit_exceeded'; readonly limit: string; readonly max: number }
  /** Something in the place of weights that only running code could turn into weights. */
  | { readonly code: 'unknown_global'; readonly global: string; readonly key: string }
  | { readonly code: 'not_a_state_dict'; readonly saw: string }
  | { readonly code: 'bad_tensor'; readonly key: string; readonly reason: string }
  | { readonly code: 'unsupported_dtype'; readonly key: string; readonly dtype: string };
