/** What a picture and an event take, measured; each with the command that did it. */
export const FIGURES = {
  /**
   * From a file to pixels and into the caches, of 0.2 megapixels; of 12 it is 42.1.
   * `npm run bench:request -- --blocks 2`, 2026-11-24 (docs/performance.md, by stage).
   */
  decodeCpuMs: 5.8,
  /**
   * Photographs a second of an origin on two processors, 64 at once in batches of 16.
   * `npm run bench:origin`, 2026-11-24 (docs/performance.md).
   */
  originPicturesPerSecond: {
    resnet50_keras_in1k: 38.1,
    resnet18_8xb16_cifar10: 230,
  } as Readonly<Record<string, number>>,
  /** The share of that which one plans for, since beyond it lines grow. */
  originLoad: 0.7,
  /** Operations of RESULT_CACHE_R2 a picture: `npm test -- test/node/cost-figures`. */
  worldwide: {
    /** The picture's key and the pixels' are asked for, and written. An origin sees no pixels. */
    computed: { edge: { reads: 2, writes: 2 }, origin: { reads: 1, writes: 1 } },
    kept: { reads: 1 },
    /** An entry, beside its four bytes a class. */
    answerBytes: 400,
  },
  /**
   * A webhook of one picture, and its callback: rows of D1, those of indexes among them, and
   * messages. `npm test -- test/node/cost-figures`.
   */
  event: { messages: 2, rowsRead: 31, rowsWritten: 28 },
} as const;
