/** What a benchmark reads: the last run's best class, and what the session holds. */
export interface Answer {
  readonly engine: string;
  readonly top: number;
  readonly bytes: number;
}
