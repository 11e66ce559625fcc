/**
 * The exports of build/image.wasm (src/image/assembly). Addresses and sizes are bytes of its
 * linear memory. Functions trust their arguments: the TypeScript beside them checks first.
 */
export interface ImageKernels {
  readonly memory: WebAssembly.Memory;
  heapStart(): number;
  rawStart(): number;
  rawBytes(): number;
  quantStart(): number;
  huffmanSpecStart(): number;
  cleanStart(): number;
  cleanBytes(): number;
  tablesStart(): number;
  tableBytes(): number;
  scanBytes(): number;

  setRaw(from: number, bytes: number, final: number): void;
  rawLeft(): number;
  saveScan(to: number): void;
  loadScan(from: number): void;
  buildHuffman(table: number, kind: number): void;
  startScan(
    mcusWide: number,
    mcusHigh: number,
    blocks: number,
    keep: number,
    interval: number,
    mcuNeed: number,
    rowNeed: number,
    clean: number,
    cleanBytes: number,
  ): void;
  setMcuBlock(
    index: number,
    component: number,
    dcTable: number,
    acTable: number,
    step: number,
    first: number,
  ): void;
  setBlockRow(index: number, need: number, columns: number, to: number, stride: number): void;
  mcuAt(): number;
  scanOverrun(): number;
  decodeRow(row: number): KernelState;
  progressiveDcRow(row: number, low: number, refine: number): KernelState;
  progressiveAcRow(row: number, first: number, last: number, low: number): KernelState;
  refineAcRow(row: number, first: number, last: number, low: number): KernelState;
  setMaskRow(masks: number): void;
  idctRow(
    need: number,
    columns: number,
    coefficients: number,
    masks: number,
    quant: number,
    to: number,
    stride: number,
  ): void;

  setPlane(
    index: number,
    base: number,
    stride: number,
    ring: number,
    width: number,
    height: number,
    kind: number,
    timesX: number,
    timesY: number,
    full: number,
    sums: number,
  ): void;
  setResample(
    kind: number,
    swapped: number,
    width: number,
    from: number,
    end: number,
    across: number,
    acrossTable: number,
    schedule: number,
    entries: number,
    out: number,
  ): void;
  setResampleSpace(
    lines: number,
    previousLines: number,
    lineBytes: number,
    sums: number,
    previousSums: number,
    sumsBytes: number,
    narrow: number,
  ): void;
  setPng(
    kind: number,
    depth: number,
    channels: number,
    table: number,
    keyRed: number,
    keyGreen: number,
    keyBlue: number,
    places: number,
    lastRow: number,
    from: number,
    end: number,
  ): void;
  setPngRows(
    passes: number,
    count: number,
    first: number,
    second: number,
    kept: number,
    keptLineBytes: number,
  ): void;
  startInflate(): void;
  keepInput(): number;
  addInput(bytes: number, final: number): void;
  inflate(): KernelState;
  emitKept(height: number): void;
  lineAt(channel: number): number;
  resampleRow(row: number): void;
  setEmit(rows: number, count: number, colour: number, from: number, end: number): void;
  emitRows(limit: number): void;
}

/** What a kernel that reads the file comes back with. */
export type KernelState = 0 | 1 | 2;
export const READY = 0;
export const NEED_DATA = 1;
export const DAMAGED = 2;

export function instantiateKernels(module: WebAssembly.Module): ImageKernels {
  const { exports } = new WebAssembly.Instance(module);
  if (!(exports.memory instanceof WebAssembly.Memory)) throw new Error('image.wasm: no memory');
  return exports as WebAssembly.Exports & ImageKernels;
}
