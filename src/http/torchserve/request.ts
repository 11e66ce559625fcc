import { fail, ok, type Result } from '../../result.ts';
import type { Asked } from '../classify-body.ts';
import { findPictures } from '../pictures.ts';
import type { Failure } from '../problem.ts';

/** A form's one file (`curl -F data=@…`), or the body as it is (`curl -T`). */
export function readRequest(body: Uint8Array, contentType: string): Result<Asked<null>, Failure> {
  if (!/^multipart\/form-data\b/i.test(contentType)) return ok({ picture: body, wish: null });
  const found = findPictures(body, contentType, 1);
  if (!found.ok) return found;
  const [picture] = found.value.pictures;
  if (picture?.kind !== 'bytes') return fail({ code: 'no_image' });
  return ok({ picture: picture.bytes, wish: null });
}
