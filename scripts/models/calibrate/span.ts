/** What uint8 is spread over. low <= 0 <= high: zero must be exact, padding and ReLU give it. */
export interface Range {
  readonly low: number;
  readonly high: number;
}
