/** Pictures as a model's input, one at a time: a set of 10,000 need not fit in memory. */
export interface PictureSet {
  /** As cards and tables name it. */
  readonly name: string;
  readonly size: number;
  /** [3, height, width] float32, normalised. */
  tensor(index: number): Promise<Float32Array>;
  /** The class that the picture shows, where that is known. */
  label(index: number): number | undefined;
}
