import { describe, expect, it } from 'vitest';
import {
  IMAGE_HOSTS_MAX,
  LOCATOR_CHARS_MAX,
  LOCATORS_MAX,
  METADATA_ENTRIES_MAX,
  SECRETS_MAX,
  SOURCES_MAX,
} from './limits.ts';
import { parseSources } from './source.ts';

const SECRETS: Readonly<Record<string, string>> = {
  SHARED: 'whsec_xT6a9H+n+sTHVo6PO/f3plPyjn4wlWqHsIi3XzsukAk=',
  PUBLIC: 'whpk_J+SdIN1KPwM2/5NDbl+/AekcmtuDA470syq/ccKvduE=',
  PRIVATE:
    'whsk_Sv8TWKMOIfWdspWViRpVRuuFAJw/9tIzVukgb+WRquwn5J0g3Uo/Azb/k0NuX78B6Rya24MDjvSzKr9xwq924Q==',
  MISMATCHED:
    'whsk_Sv8TWKMOIfWdspWViRpVRuuFAJw/9tIzVukgb+WRquwEHmNg6lQs9Kew7fWTrV3KDJ5vZp5fEetslC7ZhzclUw==',
  SHORT: 'whsec_iP7jYbrLyNUfQIxvSvOPOwy5JtD1YqI=',
  ZERO: `whpk_${'A'.repeat(43)}=`,
  EMPTY: '',
};

const parse = (sources: unknown) =>
  parseSources(typeof sources === 'string' ? sources : JSON.stringify(sources), {
    readSecret: (name) => SECRETS[name],
    policy: { trustedOrigins: ['http://127.0.0.1:8789'] },
  });

const GOOD = { scheme: 'standard', secrets: ['SHARED'], images: '/data/url' };
const CALLBACK = { url: 'https://cms.example.com/hook', secrets: ['SHARED', 'PRIVATE'] };

/** `<place>: <fix>` of each mistake in the one source `cms`. */
async function mistakes(change: Readonly<Record<string, unknown>>): Promise<string[]> {
  const parsed = await parse({ cms: { ...GOOD, ...change } });
  if (parsed.ok) return [];
  return parsed.failure.map(({ setting, fix }) => `${setting}: ${fix}`);
}

describe('WEBHOOK_SOURCES', () => {
  it.each(['', '  \n', '{}'])('may hold no source: "%s"', async (text) => {
    const parsed = await parse(text);
    expect(parsed.ok && parsed.value.size).toBe(0);
  });

  it('is read whole', async () => {
    const parsed = await parse({
      cms: {
        scheme: 'standard',
        secrets: ['SHARED', 'PUBLIC'],
        tolerance_seconds: 60,
        images: ['/data/url', { each: '$.data.images[*]', url: '/url', id: '/id' }],
        model_at: '/model',
        metadata: { asset: '/data/id' },
        model: 'resnet50_keras_in1k',
        image_hosts: ['images.example.com', '*.cdn.example.com'],
        callback: CALLBACK,
      },
      uploads: { scheme: 'r2', callback: CALLBACK },
      chat: { scheme: 'slack', secrets: ['SHARED'], images: '$..url', id: '/event_id' },
    });
    const cms = parsed.ok ? parsed.value.get('cms') : undefined;
    expect(cms?.kind === 'signed' && cms.verifier.keys.map(({ kind }) => kind)).toEqual([
      'hmac',
      'ed25519',
    ]);
    expect(cms?.callback?.signers.map(({ version }) => version)).toEqual(['v1', 'v1a']);
    expect(cms).toMatchObject({
      name: 'cms',
      verifier: { scheme: 'standard', toleranceSeconds: 60 },
      images: [
        { urls: { text: '/data/url' } },
        { each: { text: '$.data.images[*]' }, url: { text: '/url' }, id: { text: '/id' } },
      ],
      modelAt: { text: '/model' },
      id: undefined,
      model: 'resnet50_keras_in1k',
      imageHosts: ['images.example.com', '*.cdn.example.com'],
      callback: { url: CALLBACK.url },
    });
    const uploads = parsed.ok ? parsed.value.get('uploads') : undefined;
    expect(uploads).toMatchObject({ kind: 'uploads', callback: { url: CALLBACK.url } });
    const chat = parsed.ok ? parsed.value.get('chat') : undefined;
    expect(chat).toMatchObject({
      verifier: { toleranceSeconds: 300 },
      id: { text: '/event_id' },
      model: undefined,
      imageHosts: [],
      callback: undefined,
    });
  });

  it.each<readonly [string, Readonly<Record<string, unknown>>, readonly RegExp[]]>([
    ['no scheme', { scheme: 'magic' }, [/^WEBHOOK_SOURCES\.cms\.scheme: .*standard, github/]],
    ['no secret', { secrets: [] }, [/cms\.secrets: name a secret/]],
    ['a secret itself', { secrets: [SECRETS.SHARED] }, [/cms\.secrets\.0: name a secret/]],
    ['an unset secret', { secrets: ['NONE'] }, [/cms\.secrets\.0: set the secret NONE/]],
    ['a weak secret', { secrets: ['SHARED', 'SHORT'] }, [/secrets\.1: SHORT .*secret_too_short/]],
    ['a weak public key', { secrets: ['ZERO'] }, [/secrets\.0: ZERO .*weak_public_key/]],
    ['a private key', { secrets: ['PRIVATE'] }, [/PRIVATE .*secret_wrong_kind/]],
    ['an empty secret', { scheme: 'github', secrets: ['EMPTY'] }, [/EMPTY .*secret_empty/]],
    ['no pictures', { images: [] }, [/cms\.images: say where/]],
    ['a path that is none', { images: 'data.url' }, [/cms\.images\.0: write a JSON Pointer/]],
    ['a JSONPath that is none', { images: '$.a[' }, [/cms\.images\.0: not a path: /]],
    ['a thing without a URL', { images: { each: '$.a' } }, [/cms\.images\.0\.url: /]],
    ['no place at all', { images: 7 }, [/cms\.images\.0: /]],
    ['a pointer that is none', { images: '/a~2' }, [/cms\.images\.0: "~" is written/]],
    ['an id beside a signed one', { id: '/id' }, [/cms\.id: leave it out/]],
    ['no model name', { model: 'a/b' }, [/cms\.model: /]],
    ['no host', { image_hosts: ['https://a.example'] }, [/cms\.image_hosts\.0: write a host/]],
    ['no tolerance', { tolerance_seconds: 0 }, [/cms\.tolerance_seconds: /]],
    ['a port', { image_hosts: ['a.example:8443'] }, [/cms\.image_hosts\.0: write a host/]],
    ['a misspelt key', { image: '/data/url' }, [/cms: .*"image"/]],
    [
      'a private callback',
      { callback: { ...CALLBACK, url: 'https://10.0.0.1/' } },
      [/cms\.callback\.url: .*\(ip_literal\)/],
    ],
    [
      'a callback signed with nothing that signs',
      { callback: { ...CALLBACK, secrets: ['PUBLIC'] } },
      [/cms\.callback\.secrets\.0: PUBLIC .*secret_wrong_kind/],
    ],
    [
      'halves that do not belong together',
      { callback: { ...CALLBACK, secrets: ['SHARED', 'MISMATCHED'] } },
      [/cms\.callback\.secrets\.1: MISMATCHED .*secret_malformed/],
    ],
    [
      'several mistakes together',
      { secrets: ['SHORT'], id: '/id', callback: { url: 'http://a.example', secrets: ['NONE'] } },
      [/cms\.id/, /cms\.secrets\.0/, /cms\.callback\.url: .*scheme/, /callback\.secrets\.0: set/],
    ],
  ])('names the mistake: %s', async (_why, change, wanted) => {
    const found = await mistakes(change);
    expect(found).toHaveLength(wanted.length);
    for (const [i, pattern] of wanted.entries()) expect(found[i]).toMatch(pattern);
    // Not one of them shows a secret.
    for (const secret of Object.values(SECRETS)) {
      if (secret !== '') expect(found.join('\n')).not.toContain(secret);
    }
  });

  it.each(['[]', '7', 'null', '{', '"cms"'])('is no object: %s', async (text) => {
    const parsed = await parse(text);
    expect(parsed.ok ? [] : parsed.failure.map(({ setting }) => setting)).toEqual([
      'WEBHOOK_SOURCES',
    ]);
  });

  it("names what cannot be a source's name", async () => {
    const parsed = await parse({ 'Bad Name': GOOD });
    expect(parsed).toEqual({
      ok: false,
      failure: [{ setting: 'WEBHOOK_SOURCES.Bad Name', fix: expect.stringMatching(/^a source's/) }],
    });
  });

  it('may send to a trusted origin on this machine', async () => {
    expect(await mistakes({ callback: { ...CALLBACK, url: 'http://127.0.0.1:8789/' } })).toEqual(
      [],
    );
  });

  it('has the bucket of uploads under one name', async () => {
    const uploads = { scheme: 'r2', callback: CALLBACK };
    const fix = 'the source uploads has the scheme r2, and no other has it';
    const failure = (name: string) => [{ setting: `WEBHOOK_SOURCES.${name}.scheme`, fix }];
    expect(await parse({ photos: uploads })).toEqual({ ok: false, failure: failure('photos') });
    expect(await parse({ uploads: GOOD })).toEqual({ ok: false, failure: failure('uploads') });
  });

  const entries = (count: number, value: unknown) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, value]));
  const chars = (count: number) => `/${'a'.repeat(count - 1)}`;

  it.each<readonly [string, (size: number) => unknown, number]>([
    ['sources', (n) => entries(n, GOOD), SOURCES_MAX],
    ['secrets', (n) => ({ s: { ...GOOD, secrets: Array(n).fill('SHARED') } }), SECRETS_MAX],
    ['places of pictures', (n) => ({ s: { ...GOOD, images: Array(n).fill('/a') } }), LOCATORS_MAX],
    ['characters of a place', (n) => ({ s: { ...GOOD, images: chars(n) } }), LOCATOR_CHARS_MAX],
    ['metadata', (n) => ({ s: { ...GOOD, metadata: entries(n, '/a') } }), METADATA_ENTRIES_MAX],
    ['hosts', (n) => ({ s: { ...GOOD, image_hosts: Array(n).fill('a.io') } }), IMAGE_HOSTS_MAX],
  ])('holds so many %s and not one more', async (_what, make, max) => {
    expect((await parse(make(max))).ok).toBe(true);
    expect((await parse(make(max + 1))).ok).toBe(false);
  });
});
