import { RETRY_AFTER_SECONDS_MAX } from './limits.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const LONG_DAY = '(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)';
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';

/** RFC 9110, 5.6.7: the one form to send and the two that old servers still do. */
const FORMS: readonly RegExp[] = [
  new RegExp(`^${DAY}, (?<day>\\d\\d) ${MONTH} (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^${LONG_DAY}, (?<day>\\d\\d)-${MONTH}-(?<year>\\d\\d) ${TIME} GMT$`),
  new RegExp(`^${DAY} ${MONTH} (?<day>\\d\\d| \\d) ${TIME} (?<year>\\d{4})$`),
];

/**
 * Whole seconds that a receiver asks to wait (RFC 9110, 10.2.3), at most a day. Undefined for a
 * value that is neither a number of seconds nor a date: it is as good as none.
 */
export function parseRetryAfter(text: string, nowSeconds: number): number | undefined {
  if (/^\d+$/.test(text)) return Math.min(Number(text), RETRY_AFTER_SECONDS_MAX);
  const dateMs = parseHttpDate(text, nowSeconds);
  if (dateMs === undefined) return undefined;
  const seconds = Math.ceil(dateMs / 1000 - nowSeconds);
  return Math.min(Math.max(seconds, 0), RETRY_AFTER_SECONDS_MAX);
}

function parseHttpDate(text: string, nowSeconds: number): number | undefined {
  for (const form of FORMS) {
    const fields = form.exec(text)?.groups;
    if (fields === undefined) continue;
    const at = (name: string) => Number(fields[name]);
    const month = MONTHS.indexOf(fields.month ?? '');
    const year = fields.year?.length === 2 ? fullYear(at('year'), nowSeconds) : at('year');
    const ms = Date.UTC(year, month, at('day'), at('hour'), at('minute'), at('second'));
    // Date.UTC carries over: the 32nd of January would be the 1st of February.
    const date = new Date(ms);
    const kept = date.getUTCDate() === at('day') && date.getUTCHours() === at('hour');
    const sixty = at('minute') < 60 && at('second') <= 60;
    return kept && sixty ? ms : undefined;
  }
  return undefined;
}

/** RFC 9110, 5.6.7: a year that seems more than 50 years ahead is the last past one. */
function fullYear(lastTwoDigits: number, nowSeconds: number): number {
  const now = new Date(nowSeconds * 1000).getUTCFullYear();
  const year = now - (now % 100) + lastTwoDigits;
  return year > now + 50 ? year - 100 : year;
}
