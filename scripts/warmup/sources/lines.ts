import { LINE_CHARS_MAX, LINES_MAX } from '../limits.ts';

export type Line =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly why: 'line_too_long' | 'too_many_lines' };

/**
 * Lines of a stream of UTF-8, without their ends; empty ones are left out. A line that is too long
 * is named once and passed over to its end; no more of it than LINE_CHARS_MAX is held.
 */
export async function* readLines(
  stream: AsyncIterable<Uint8Array>,
  { lineCharsMax = LINE_CHARS_MAX, linesMax = LINES_MAX } = {},
): AsyncGenerator<Line> {
  const decoder = new TextDecoder();
  let kept = '';
  let number = 1;
  let long = false;
  let over = false;

  function* take(text: string, last: boolean): Generator<Line> {
    const parts = text.split('\n');
    for (const [i, part] of parts.entries()) {
      const ends = i < parts.length - 1 || last;
      if (!long) kept += part;
      if (kept.length > lineCharsMax) {
        yield { number, why: 'line_too_long' };
        [kept, long] = ['', true];
      }
      if (!ends) continue;
      const line = kept.trim();
      [kept, long] = ['', false];
      if (line !== '' && number > linesMax) {
        over = true;
        return yield { number, why: 'too_many_lines' };
      }
      if (line !== '') yield { number, text: line };
      number++;
    }
  }

  for await (const piece of stream) {
    yield* take(decoder.decode(piece, { stream: true }), false);
    if (over) return;
  }
  yield* take(decoder.decode(), true);
}
