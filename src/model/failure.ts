export type ModelFailure =
  /** The reference is neither a name, nor `name@sha256:<digest>`, nor a digest. */
  | { readonly code: 'bad_model_name'; readonly saw: string }
  /** Nothing is published under this reference. */
  | { readonly code: 'unknown_model'; readonly reference: string }
  /** The catalogue has it, but nobody has added it here. `command` does. */
  | { readonly code: 'model_not_added'; readonly name: string; readonly command: string }
  /** The stored card or label list does not keep to its schema. */
  | { readonly code: 'model_invalid'; readonly detail: string }
  /** The stored graph is missing, cut or not what its digest says, and no older one stands in. */
  | { readonly code: 'model_damaged'; readonly detail: string }
  /** The store did not answer, and nothing that would do is in memory. Worth another try. */
  | { readonly code: 'model_unavailable'; readonly detail: string };
