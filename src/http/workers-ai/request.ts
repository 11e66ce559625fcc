import { fail, ok, type Result } from '../../result.ts';
import { decodeBase64OrDataUrl } from '../base64.ts';
import type { Asked } from '../classify-body.ts';
import { looksLikeJson, parseJson, skipBlanks } from '../json-body.ts';
import type { Failure } from '../problem.ts';
import { readByteList } from './byte-list.ts';

type Read = Result<Asked<null>, Failure>;

/** `{"image": [` or `{"image": "`, with white space as formatters put it. */
const OPENING = /^\s*\{\s*"image"\s*:\s*([["])/;
const OPENING_CHARS_MAX = 256;
const QUOTE = 0x22;
const BRACE = 0x7d;

/**
 * A picture's bytes as they are, or JSON with them as numbers or in base64. `image` is the only
 * field, so the text is read as it stands: JSON.parse of a list this long would need more memory
 * than there is, whatever field it hides in.
 */
export function readRequest(body: Uint8Array): Read {
  if (!looksLikeJson(body)) return ok({ picture: body, wish: null });
  const head = new TextDecoder().decode(body.subarray(0, OPENING_CHARS_MAX));
  const [opening = '', kind] = OPENING.exec(head) ?? [];
  if (kind === '[') return readNumbers(body, opening.length);
  if (kind === '"') return readText(body, opening.length);
  const detail = 'write {"image": [255, 216, …]}, or the image in base64, and no other field';
  return fail({ code: 'bad_json', detail });
}

function readNumbers(body: Uint8Array, start: number): Read {
  const list = readByteList(body, start);
  if (list === undefined) {
    const detail = 'a list of whole numbers, 0 to 255, was expected';
    return fail({ code: 'bad_parameter', name: 'image', detail });
  }
  return closes(body, list.end) ? ok({ picture: list.bytes, wish: null }) : notAlone();
}

function readText(body: Uint8Array, start: number): Read {
  const end = body.indexOf(QUOTE, start) + 1;
  // Some encoders write a slash as `\/`: the string alone is parsed.
  const text = parseJson(body.subarray(start - 1, end === 0 ? body.length : end));
  if (!text.ok) return text;
  if (!closes(body, end)) return notAlone();
  const picture = decodeBase64OrDataUrl(`${text.value}`);
  return picture === undefined ? fail({ code: 'bad_base64' }) : ok({ picture, wish: null });
}

function closes(body: Uint8Array, at: number): boolean {
  const brace = skipBlanks(body, at);
  return body[brace] === BRACE && skipBlanks(body, brace + 1) === body.length;
}

function notAlone(): Read {
  const detail = '`image` is followed by something else; it is the only field';
  return fail({ code: 'bad_json', detail });
}
