/** What Cloudflare gives one isolate, JavaScript heap and WebAssembly memory together. */
export const ISOLATE_BYTES_MAX: number = 128_000_000;

/** Code, queued tensors, RPC buffers: 4 to 8 MB measured; 4.3 MB for the way back (rewind.ts). */
export const HEAP_BYTES_RESERVED: number = 14_000_000;

/**
 * A graph lies in the JavaScript heap in full while it is loaded, beside the linear memory, which
 * never shrinks. An int8 ResNet-50 has 26 MB. A larger one belongs at the origin.
 */
export const GRAPH_BYTES_MAX: number = 27_000_000;

/** The lid on ONNX Runtime's linear memory: what the three above leave. */
export const LINEAR_BYTES_MAX: number = ISOLATE_BYTES_MAX - HEAP_BYTES_RESERVED - GRAPH_BYTES_MAX;

/** Linear memory of ONNX Runtime before any graph: 256 pages. */
export const RUNTIME_BYTES: number = 256 * 65_536;

/**
 * Linear memory at the peak of creating a session, in bytes per byte of the graph: its copy, the
 * parsed graph, the prepacked weights. Measured under a lid: a ResNet-50 of 26.0 MB fails at
 * 74 MB and fits in 77.2; a ResNet-18 of 11.8 MB fits in 44.0.
 */
export const PEAK_PER_GRAPH_BYTE = 2.4;

/** What a session goes on holding: a ResNet-50 and a ResNet-18 fit in 77.2 MB together. */
export const HELD_PER_GRAPH_BYTE = 1.3;

/** Tensors waiting for their turn, all together: they share the reserved heap. */
export const QUEUE_BYTES_MAX: number = 6_000_000;

/** Loads waiting for their turn. Each holds an open stream and its caller's request. */
export const LOADS_WAITING_MAX = 8;

/**
 * A caller that goes away takes its half-done work with it, and that promise never settles. Its
 * successor waits so long (Cloudflare grants such work 30 s), then goes ahead.
 */
export const TURN_PATIENCE_MS = 31_000;

/** Memory of a session at most, in bytes per byte of the graph (as the first one loaded). */
export const MEMORY_PER_GRAPH_BYTE = 2.5;
