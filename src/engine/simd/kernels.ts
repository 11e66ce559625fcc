/** What build/simd.wasm exports; addresses are bytes in its own memory. See assembly/. */
export type Kernels = {
  readonly memory: WebAssembly.Memory;
  setOutput(zero: number, floor: number): void;
  setResidual(
    qStep: number,
    rZero: number,
    rStep: number,
    yZero: number,
    yStep: number,
    floor: number,
  ): void;
  add(q: number, r: number, out: number, count: number): void;
  gemm(
    a: number,
    depth: number,
    pixels: number,
    weights: number,
    channels: number,
    panel: number,
    bias: number,
    scale: number,
    out: number,
    res: number,
    ldo: number,
  ): void;
  strassen(
    a: number,
    depth: number,
    pixels: number,
    weights: number,
    channels: number,
    panel: number,
    sums: number,
    bias: number,
    scale: number,
    out: number,
    res: number,
    ldo: number,
  ): void;
  widenPixels(from: number, to: number, count: number, zero: number): void;
  packPixels(
    image: number,
    rowBytes: number,
    rows: number,
    run: number,
    stepX: number,
    stepY: number,
    width: number,
    first: number,
    last: number,
    to: number,
    depth: number,
    zero: number,
  ): void;
  padImage(
    from: number,
    height: number,
    width: number,
    channels: number,
    to: number,
    paddedHeight: number,
    paddedWidth: number,
    top: number,
    left: number,
    zero: number,
  ): void;
  winograd: TileKernel;
  winograd2: TileKernel;
  stride2: TileKernel;
  stemPhases(
    image: number,
    rowBytes: number,
    rows: number,
    columns: number,
    to: number,
    zero: number,
  ): void;
  stem(
    phases: number,
    columns: number,
    height: number,
    width: number,
    weights: number,
    couts: number,
    v: number,
    m: number,
    block: number,
    bias: number,
    scale: number,
    out: number,
  ): void;
  maxPool(...window: PoolWindow): void;
  averagePool(
    ...rest: [
      ...window: PoolWindow,
      countAll: number,
      zero: number,
      step: number,
      outZero: number,
      outStep: number,
    ]
  ): void;
  globalPool(
    from: number,
    pixels: number,
    channels: number,
    to: number,
    zero: number,
    scale: number,
    outZero: number,
  ): void;
  lookup(from: number, to: number, count: number, table: number): void;
  quantizeInput(
    from: number,
    pixels: number,
    channels: number,
    to: number,
    pixelBytes: number,
    step: number,
    zero: number,
  ): void;
  denseFloat(
    a: number,
    depth: number,
    weights: number,
    channels: number,
    bias: number,
    scale: number,
    out: number,
  ): void;
  checksumStart(seed: number): void;
  checksumMore(from: number, count: number): void;
  checksumEnd(): number;
  positiveSum(from: number, count: number): number;
  totalSum(from: number, count: number): number;
  packGemm(
    from: number,
    cins: number,
    taps: number,
    pitch: number,
    depth: number,
    to: number,
  ): void;
  packTaps(from: number, cins: number, pitch: number, to: number): void;
  packStem(from: number, to: number): void;
};

type TileKernel = (
  image: number,
  paddedWidth: number,
  channels: number,
  zero: number,
  height: number,
  width: number,
  weights: number,
  couts: number,
  v: number,
  u: number,
  m: number,
  block: number,
  bias: number,
  scale: number,
  out: number,
  res: number,
) => void;

type PoolWindow = [
  from: number,
  height: number,
  width: number,
  channels: number,
  to: number,
  outHeight: number,
  outWidth: number,
  kernelY: number,
  kernelX: number,
  strideY: number,
  strideX: number,
  top: number,
  left: number,
];

const WASM_PAGE_BYTES = 65_536;

/** A fresh instance with a memory of its own: one per session, freed with it. */
export function instantiate(module: WebAssembly.Module): Kernels {
  const abort = () => {
    throw new Error('simd: abort');
  };
  return new WebAssembly.Instance(module, { env: { abort } }).exports as Kernels;
}

/** Grows the memory to hold `bytes`; views of it made before are dead then. */
export function reserve(kernels: Kernels, bytes: number): void {
  const missing = bytes - kernels.memory.buffer.byteLength;
  if (missing > 0) kernels.memory.grow(Math.ceil(missing / WASM_PAGE_BYTES));
}
