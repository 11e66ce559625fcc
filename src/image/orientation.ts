/**
 * EXIF orientation (tag 0x0112): how the stored picture must be turned to stand upright.
 *
 *   1 as stored      2 mirrored left-right    3 turned by 180    4 mirrored top-bottom
 *   5 transposed     6 turn 90 clockwise      7 transversed      8 turn 90 anticlockwise
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

export interface OrientedAxes {
  /** Orientations 5 to 8: an upright row is a stored column. */
  readonly swapped: boolean;
  /** Upright x counts down along its stored axis (x, or y when swapped). */
  readonly flipColumns: boolean;
  /** Upright y counts down along its stored axis (y, or x when swapped). */
  readonly flipRows: boolean;
}

/** Where the upright axes lie in the stored picture. */
export function orientedAxes(orientation: Orientation): OrientedAxes {
  return {
    swapped: orientation >= 5,
    flipColumns: [2, 3, 6, 7].includes(orientation),
    flipRows: [3, 4, 7, 8].includes(orientation),
  };
}

/** Tags hold any number; one that names no orientation means "as stored". */
export function toOrientation(value: number): Orientation {
  return Number.isInteger(value) && value >= 1 && value <= 8 ? (value as Orientation) : 1;
}
