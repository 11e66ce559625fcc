// As kernels.ts, but the convolution that every net of the tests has traps: what a session does
// then can be seen on a real trap. Built for tests alone.
export { setOutput, setResidual, add } from './epilogue';
export { gemm, widenPixels, packPixels, padImage } from './gemm';
export { strassen } from './strassen';
export { winograd2 } from './winograd2';
export { stride2 } from './stride2';
export { stem, stemPhases } from './stem';
export { maxPool, averagePool, globalPool, lookup } from './pool';
export { quantizeInput, denseFloat } from './quantize';
export { checksumStart, checksumMore, checksumEnd } from './checksum';
export { positiveSum, totalSum, packGemm, packTaps, packStem } from './prepare';

export function winograd(): void {
  unreachable();
}
