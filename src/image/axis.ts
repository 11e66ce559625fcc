/** One axis of resize and crop: outputs `begin` .. `begin + count - 1` of `resizedSize`. */
export interface AxisRange {
  /** Pixels of the upright picture along this axis. */
  readonly sourceSize: number;
  readonly resizedSize: number;
  readonly begin: number;
  readonly count: number;
  /** Mirror the indexes: upright index i is stored index sourceSize - 1 - i. */
  readonly flipped: boolean;
}

/** Stored indexes of one axis that taps touch; `end` is exclusive. */
export interface Extent {
  readonly begin: number;
  readonly end: number;
}
