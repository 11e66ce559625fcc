// What JavaScript may call. The inline parts of the other files stay inside.
export { setOutput, setResidual, add } from './epilogue';
export { gemm, widenPixels, packPixels, padImage } from './gemm';
export { strassen } from './strassen';
export { winograd } from './winograd';
export { winograd2 } from './winograd2';
export { stride2 } from './stride2';
export { stem, stemPhases } from './stem';
export { maxPool, averagePool, globalPool, lookup } from './pool';
export { quantizeInput, denseFloat } from './quantize';
export { checksumStart, checksumMore, checksumEnd } from './checksum';
export { positiveSum, totalSum, packGemm, packTaps, packStem } from './prepare';
