/** Triton makes batches in memory that the model's instance holds: 128 of 224 x 224 are 77 MB. */
export const batchMax = 128;

/** A request that waits a second for company has been forgotten. */
export const queueDelayMicrosecondsMax = 1_000_000;

/** Copies of the model, on each GPU or on the processor. */
export const instancesMax = 64;

/** RFC 1123 label, which Kubernetes demands of a service's name. */
export const serviceNameCharsMax = 63;
