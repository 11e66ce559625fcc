export interface KeysPage {
  readonly keys: readonly string[];
  /** Continues the listing; absent on its last page. */
  readonly next?: string;
}

/**
 * The answer to ListObjectsV2. Our keys are plain ASCII, so that one pattern reads them; what is
 * no such document gives `undefined`.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
export function readKeysPage(xml: string): KeysPage | undefined {
  if (!/<ListBucketResult[\s>]/.test(xml)) return undefined;
  const keys = [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) => readEntities(match[1]!));
  const next = /<NextContinuationToken>([^<]+)<\/NextContinuationToken>/.exec(xml)?.[1];
  return next === undefined ? { keys } : { keys, next: readEntities(next) };
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

function readEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{2,4}));/g, (all, ten, hex, name) => {
    if (ten !== undefined) return String.fromCodePoint(Number(ten));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return ENTITIES[name] ?? all;
  });
}
