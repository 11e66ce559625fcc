import { describe, expect, it } from 'vitest';
import { checkLocation } from './check-location.ts';
import type { UrlPolicy } from './check-url.ts';
import { checkUrl } from './check-url.ts';
import { isPublicAddress } from './is-public-address.ts';

type Row = readonly [why: string, url: unknown, policy: UrlPolicy, verdict: string];

const long = (chars: number) => `https://example.com/${'a'.repeat(chars - 20)}`;
const label = (chars: number) => `https://${'a'.repeat(chars)}.example.com/`;
// Three labels of 60, the dots and ".example.com" leave 58 of 253.
const host = (chars: number) => {
  const labels = ['a', 'b', 'c'].map((letter) => letter.repeat(60));
  return `https://${[...labels, 'd'.repeat(chars - 195)].join('.')}.example.com/`;
};
const LOCAL = 'http://127.0.0.1:8080';
const HOST = { allowedHosts: ['a.example.com'] };
const HOSTS = { allowedHosts: ['*.example.com'] };

const ROWS: readonly Row[] = [
  ['a public name', 'https://example.com/a.png', {}, 'ok'],
  ['2048 characters', long(2048), {}, 'ok'],
  ['2049 characters', long(2049), {}, 'url_too_long'],
  ['a label of 63', label(63), {}, 'ok'],
  ['a label of 64', label(64), {}, 'bad_host'],
  ['a host of 253', host(253), {}, 'ok'],
  ['a host of 254', host(254), {}, 'bad_host'],
  ['no string', 7, {}, 'bad_url'],
  ['a space', 'https://example.com/a b', {}, 'bad_character'],
  ['a parser that would repair', 'https:/example.com', {}, 'bad_url'],
  ['an address in another spelling', 'https://0x7f.1/', {}, 'ip_literal'],
  ['full-width digits', 'https://１２７.0.0.1/', {}, 'ip_literal'],
  ['an empty user', 'https://@example.com/', {}, 'credentials'],
  ['http', 'http://example.com/', {}, 'scheme'],
  ['http where it is allowed', 'http://example.com/', { http: 'allow' }, 'ok'],
  ['http on its port written out', 'http://example.com:80/', { http: 'allow' }, 'ok'],
  ['http on another port', 'http://example.com:8080/', { http: 'allow' }, 'port'],
  ['http on a configured port', 'http://example.com:81/', { http: 'allow', ports: [81] }, 'ok'],
  ['http to an address', 'http://10.0.0.1/', { http: 'allow' }, 'ip_literal'],
  ['another scheme where http is allowed', 'ftp://example.com/', { http: 'allow' }, 'scheme'],
  ['a trusted origin', `${LOCAL}/x`, { trustedOrigins: [LOCAL] }, 'ok'],
  ['its host on another port', 'http://127.0.0.1:81/', { trustedOrigins: [LOCAL] }, 'scheme'],
  ['credentials for it', 'http://a@127.0.0.1:8080/', { trustedOrigins: [LOCAL] }, 'credentials'],
  ['a space for it', `${LOCAL}/a b`, { trustedOrigins: [LOCAL] }, 'bad_character'],
  ['a host that is allowed', 'https://A.example.com/', HOST, 'ok'],
  ['its parent', 'https://example.com/', HOST, 'host_not_allowed'],
  ['its child', 'https://b.a.example.com/', HOST, 'host_not_allowed'],
  ['a name below', 'https://b.a.example.com/', HOSTS, 'ok'],
  ['the name itself', 'https://example.com/', HOSTS, 'host_not_allowed'],
  ['a like name', 'https://notexample.com/', HOSTS, 'host_not_allowed'],
  ['an address, allowed or not', 'https://10.0.0.1/', { allowedHosts: ['10.0.0.1'] }, 'ip_literal'],
  ['no list of hosts', 'https://example.com/', { allowedHosts: [] }, 'ok'],
  [
    'a trusted origin that is not among them',
    `${LOCAL}/x`,
    { trustedOrigins: [LOCAL], allowedHosts: ['a.example.com'] },
    'host_not_allowed',
  ],
  ['a name that ends like a wildcard', 'https://notnip.io/', {}, 'ok'],
];

describe('checkUrl', () => {
  it.each(ROWS)('judges %s', (_why, url, policy, verdict) => {
    const checked = checkUrl(url, policy);
    expect(checked.ok ? 'ok' : checked.failure.code).toBe(verdict);
  });
});

const LOCATIONS: ReadonlyArray<readonly [why: string, location: string | null, to: string]> = [
  ['a path', '/b.png', 'https://a.example.com/b.png'],
  ['a name beside it', 'b.png?x', 'https://a.example.com/d/b.png?x'],
  ['UTF-8 as bytes', '/\u00e7\u008c\u00ab', 'https://a.example.com/%E7%8C%AB'],
  ['characters already decoded', '/\u732b', 'https://a.example.com/%E7%8C%AB'],
  ['Latin-1 that is no UTF-8', '/\u00e9', 'https://a.example.com/%C3%A9'],
  ['a fragment', 'https://b.example.com/x#top', 'https://b.example.com/x'],
  ['nothing', null, 'missing_location'],
  ['white space', ' \t ', 'missing_location'],
  ['three slashes', '///b.example.com/', 'bad_location'],
  ['one slash', 'https:/b.example.com/', 'bad_location'],
  ['http', 'http://b.example.com/', 'scheme'],
  ['loopback by its number', '//2130706433/', 'ip_literal'],
];

describe('checkLocation', () => {
  const from = new URL('https://a.example.com/d/e.png');

  it.each(LOCATIONS)('follows or refuses %s', (_why, location, to) => {
    const checked = checkLocation(location, from, {});
    expect(checked.ok ? checked.value.href : checked.failure.code).toBe(to);
  });

  it('leads to no host that is not allowed', () => {
    const policy = { allowedHosts: ['a.example.com'] };
    expect(checkLocation('https://b.example.com/', from, policy)).toEqual({
      ok: false,
      failure: { code: 'host_not_allowed' },
    });
    expect(checkLocation('/x', from, policy).ok).toBe(true);
  });

  it('never goes from https to http, even where http is allowed', () => {
    const down = checkLocation('http://b.example.com/', from, { http: 'allow' });
    expect(down).toEqual({ ok: false, failure: { code: 'scheme' } });
    const along = checkLocation('/x', new URL('http://a.example.com/'), { http: 'allow' });
    expect(along.ok && along.value.href).toBe('http://a.example.com/x');
  });
});

describe('isPublicAddress', () => {
  it.each([
    ['1.1.1.1', true],
    ['2606:4700::1111', true],
    ['10.0.0.1', false],
    ['::ffff:8.8.8.8', false],
    ['64:ff9b::808:808', false],
    ['0x7f.1', false],
    ['8.8.8', false],
    ['08.8.8.8', false],
    ['2606:4700::1111%eth0', false],
    ['example.com', false],
    ['', false],
  ])('says of %s: %s', (text, verdict) => {
    expect(isPublicAddress(text)).toBe(verdict);
  });
});
