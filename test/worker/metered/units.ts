/** What bindings were asked, in the units that the platform bills. */
export interface Meter {
  r2Reads: number;
  r2Writes: number;
  rowsRead: number;
  rowsWritten: number;
  messages: number;
}

export function createMeter(): Meter {
  return { r2Reads: 0, r2Writes: 0, rowsRead: 0, rowsWritten: 0, messages: 0 };
}
