// The image path's kernels: build/image.wasm.
export {
  cleanBytes, cleanStart, heapStart, huffmanSpecStart, quantStart, rawBytes, rawStart, scanBytes,
  tableBytes, tablesStart,
} from './memory';
export { loadScan, rawLeft, saveScan, setRaw } from './bits';
export { buildHuffman } from './huffman';
export { decodeRow, mcuAt, scanOverrun, setBlockRow, setMcuBlock, startScan } from './mcu';
export {
  idctRow, progressiveAcRow, progressiveDcRow, refineAcRow, setMaskRow,
} from './progressive';
export { addInput, inflate, keepInput, startInflate } from './inflate';
export { emitKept, pushPng, setPng, setPngRows } from './png';
// Parts that have a reference in TypeScript and are tested against it.
export { idct, idctOfFew } from './idct';
export { upsampleH2V1, upsampleH2V2 } from './upsample';
export { yccToRgb } from './colour';
export { unfilter } from './png-filter';
export { setPlane } from './rows';
export { lineAt, resampleRow, setResample, setResampleSpace } from './resample';
export { emitRows, setEmit } from './emit';
