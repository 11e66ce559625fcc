import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';
import { HOST_CHARS_MAX, LABEL_CHARS_MAX, URL_CHARS_MAX } from './limits.ts';
import { LOCAL_LABELS, METADATA_DOMAINS, WILDCARD_DOMAINS } from './names.ts';

/** Where a URL from a stranger may lead. The default for each field is the strict one. */
export interface UrlPolicy {
  /** Plain http is refused unless this says otherwise; a redirect from https to it always is. */
  readonly http?: 'refuse' | 'allow';
  /** 443 alone by default. Where http is allowed, its own port 80 is too. */
  readonly ports?: readonly number[];
  /** This service's own names, lower case: it doesn't call itself. */
  readonly ownHosts?: readonly string[];
  /** Exact origins that need not pass: receivers on this machine, servers of tests. */
  readonly trustedOrigins?: readonly string[];
  /**
   * Hosts beside which nothing is fetched, trusted origins neither: lower case, without a port;
   * `*.example.com` is every name below it. Absent or empty: any public host.
   */
  readonly allowedHosts?: readonly string[];
  readonly redirectsMax?: number;
}

export type UrlFailure = { readonly code: UrlCode };

export type UrlCode =
  /** Not an absolute URL, or one that the WHATWG parser refuses or would have to repair. */
  | 'bad_url'
  | 'url_too_long'
  /** A control character, a space or a backslash. */
  | 'bad_character'
  | 'scheme'
  | 'credentials'
  /** An IP address instead of a name, in any spelling, public ones too. */
  | 'ip_literal'
  | 'trailing_dot'
  | 'bad_host'
  | 'local_name'
  | 'metadata_host'
  | 'wildcard_dns'
  | 'own_host'
  /** A public host, but none of those that are allowed. */
  | 'host_not_allowed'
  | 'port';

const DEFAULT_PORTS: readonly number[] = [443];

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
export const FORBIDDEN_CHARACTERS: RegExp = /[\u0000-\u0020\u007f\\]/;
const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
/** Everything between `://` and the first `/`, `?` or `#`; never empty. */
const AUTHORITY = /^https?:\/\/([^/?#]+)/i;

/**
 * The URL, if it names a public host in a way that every parser reads alike. The text is judged
 * first, then what the WHATWG parser made of it; nothing is trimmed or repaired.
 */
export function checkUrl(text: unknown, policy: UrlPolicy): Result<URL, UrlFailure> {
  if (typeof text !== 'string' || text === '') return fail({ code: 'bad_url' });
  if (text.length > URL_CHARS_MAX) return fail({ code: 'url_too_long' });
  if (FORBIDDEN_CHARACTERS.test(text)) return fail({ code: 'bad_character' });
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return fail({ code: 'bad_url' });
  const url = URL.parse(text);
  const trusted = url !== null && isTrusted(url, policy);
  const http = scheme === 'http' && (policy.http === 'allow' || trusted);
  if (scheme !== 'https' && !http) return fail({ code: 'scheme' });
  const authority = AUTHORITY.exec(text)?.[1];
  if (authority === undefined || url === null) return fail({ code: 'bad_url' });
  if (authority.includes('@')) return fail({ code: 'credentials' });
  const code = trusted ? undefined : (judgeHost(url.hostname, policy) ?? judgePort(url, policy));
  if (code !== undefined) return fail({ code });
  return isAllowed(url.hostname, policy) ? ok(url) : fail({ code: 'host_not_allowed' });
}

export function isTrusted(url: URL, policy: UrlPolicy): boolean {
  return policy.trustedOrigins?.includes(url.origin) ?? false;
}

/** `host` as the parser gives it: lower case, punycode, IPv4 as four decimal numbers. */
function judgeHost(host: string, policy: UrlPolicy): UrlCode | undefined {
  if (host.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(host)) return 'ip_literal';
  const labels = host.split('.');
  if (host.endsWith('.') && labels.slice(0, -1).every(isLabel)) return 'trailing_dot';
  if (host.length > HOST_CHARS_MAX || !labels.every(isLabel)) return 'bad_host';
  if (labels.length === 1 || LOCAL_LABELS.has(labels.at(-1) ?? '')) return 'local_name';
  if (METADATA_DOMAINS.some((domain) => isWithin(host, domain))) return 'metadata_host';
  if (WILDCARD_DOMAINS.some((domain) => isWithin(host, domain))) return 'wildcard_dns';
  if (policy.ownHosts?.includes(host)) return 'own_host';
  return undefined;
}

function isAllowed(host: string, { allowedHosts = [] }: UrlPolicy): boolean {
  if (allowedHosts.length === 0) return true;
  return allowedHosts.some((allowed) =>
    allowed.startsWith('*.') ? host.endsWith(allowed.slice(1)) : host === allowed,
  );
}

/** Letters, digits and `_`, with `-` inside only: the parser lets `!$&'()*+,;=~` through. */
function isLabel(label: string): boolean {
  return label.length <= LABEL_CHARS_MAX && /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?$/.test(label);
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

function judgePort(url: URL, policy: UrlPolicy): UrlCode | undefined {
  const http = url.protocol === 'http:';
  const ports = policy.ports ?? DEFAULT_PORTS;
  // The parser leaves a scheme's own port out.
  if (url.port === '' && http) return undefined;
  return ports.includes(url.port === '' ? 443 : Number(url.port)) ? undefined : 'port';
}
