/** An unpublished ResNet-152 with its optimizer's state is about 0.75 GB; readFile ends at 2. */
export const checkpointBytesMax = 2_000_000_000;

/** The pickle holds names and shapes: 34 KB for a ResNet-50. Training logs add some MB. */
export const pickleBytesMax = 64 * 1024 * 1024;

/** Python integers in checkpoints: torch's magic number has 10 bytes, counters have 8. */
export const pickleIntegerBytesMax = 32;

/** ResNet-152 has 934 entries; training files with optimizer state a few thousand. */
export const zipEntriesMax = 20_000;

/** Dimensions of one tensor: convolutions have 4. */
export const tensorRankMax = 8;
