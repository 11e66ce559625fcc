/** Why a state dict is not a ResNet that we know. */
export type NetworkFailure =
  | { readonly code: 'unknown_architecture'; readonly reason: string }
  /** The weights of both styles have the same shapes: the user must say which one it is. */
  | {
      readonly code: 'style_needed';
      readonly option: '--style pytorch|caffe';
      readonly depth: number;
    }
  | {
      readonly code: 'checkpoint_mismatch';
      readonly missing: readonly string[];
      readonly unexpected: readonly string[];
      readonly misshapen: readonly string[];
    }
  | { readonly code: 'bad_weights'; readonly key: string; readonly reason: string };
