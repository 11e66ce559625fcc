import { ok, type Result } from '../../src/result.ts';
import { LIST_BYTES_MAX, LIST_PICTURES_MAX } from '../../src/warm/limits.ts';
import { WARM_LIST_KEY, type WarmList } from '../../src/warm/list.ts';
import { withBucket } from '../models/commands/bucket.ts';

type Listed = WarmList['pictures'][number];
type Published = ReturnType<typeof withBucket<string, { readonly code: string }>>;

/** Room for the list's other fields and its models. */
const FRAME_BYTES = 4096;

/** As many as the Worker takes: so many, and so many bytes. */
export function fitList(pictures: Iterable<Listed>): readonly Listed[] {
  const fitting: Listed[] = [];
  let bytes = FRAME_BYTES;
  for (const picture of pictures) {
    bytes += Buffer.byteLength(JSON.stringify(picture)) + 1;
    if (bytes > LIST_BYTES_MAX || fitting.length === LIST_PICTURES_MAX) break;
    fitting.push(picture);
  }
  return fitting;
}

/** Writes what the Worker keeps warm from now on, in place of what it kept before. */
export function publishList(
  where: 'local' | 's3',
  models: readonly string[],
  pictures: readonly Listed[],
): Published {
  return withBucket(where, async (objects): Promise<Result<string, { readonly code: string }>> => {
    const fitting = fitList(pictures);
    const list: WarmList = { version: 1, models, pictures: fitting };
    const put = await objects.put(WARM_LIST_KEY, Buffer.from(JSON.stringify(list)));
    if (!put.ok) return put;
    const of = fitting.length === pictures.length ? '' : ` of ${pictures.length}`;
    return ok(
      `published ${WARM_LIST_KEY} to the ${objects.place}: ${fitting.length}${of} addresses`,
    );
  });
}
