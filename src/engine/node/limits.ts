/** A float32 ResNet-152 has 241 MB; an origin has gigabytes. */
export const GRAPH_BYTES_MAX = 1_073_741_824;

/** What a session takes, in bytes per byte of its graph: weights, their prepacked form, buffers. */
export const MEMORY_PER_GRAPH_BYTE = 3;
