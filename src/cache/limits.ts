/** An entry's names and numbers as JSON: some 600 bytes. Anything longer is not one of ours. */
export const HEADER_BYTES_MAX = 4096;

/** As many scores as a model card may name classes. */
export const SCORES_MAX = 65_536;

/** Magic, two lengths and a checksum. */
export const FIXED_BYTES = 16;

/** What is stored under a key and larger is not read: 266,256 bytes. */
export const ENTRY_BYTES_MAX: number = FIXED_BYTES + HEADER_BYTES_MAX + SCORES_MAX * 4;

/** What an entry takes in memory beside its scores: key, strings, the map's node. An estimate. */
export const ENTRY_OVERHEAD_BYTES = 1024;
