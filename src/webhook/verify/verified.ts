/** What a proved message tells beside its body. */
export interface Verified {
  /** Lowest index of a secret that fits. */
  readonly key: number;
  /** The sender's own id of the message, where the scheme has a header for one. */
  readonly id: string | undefined;
}
