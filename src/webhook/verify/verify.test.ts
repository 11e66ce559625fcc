import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBase64 } from '../base64.ts';
import { signMessage } from '../deliver/sign.ts';
import { parseSigners } from '../deliver/signers.ts';
import { importHmac } from '../hmac.ts';
import {
  BEARER_CHARS_MAX,
  BEARER_CHARS_MIN,
  INBOUND_BODY_BYTES_MAX,
  SECRETS_MAX,
  SIGNATURE_HEADER_BYTES_MAX,
  SIGNATURES_MAX,
  TOLERANCE_SECONDS,
} from '../limits.ts';
import { joinSigned } from '../signed-bytes.ts';
import type { HeaderFields } from './header-fields.ts';
import type { Scheme } from './keys.ts';
import { parseVerifyKeys, SCHEMES } from './keys.ts';
import { verifyMessage } from './verify.ts';

const NOW = 1_700_000_000;
const SECRET = 'whsec_xT6a9H+n+sTHVo6PO/f3plPyjn4wlWqHsIi3XzsukAk=';

interface Message {
  readonly id: string;
  readonly seconds: number;
  readonly body: Uint8Array<ArrayBuffer>;
}

async function generateEd25519(): Promise<{ readonly whsk: string; readonly whpk: string }> {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const exported = (key: CryptoKey, format: string) =>
    crypto.subtle.exportKey(format, key) as Promise<ArrayBuffer>;
  const publicKey = new Uint8Array(await exported(pair.publicKey, 'raw'));
  const seed = new Uint8Array(await exported(pair.privateKey, 'pkcs8')).slice(-32);
  return {
    whsk: `whsk_${encodeBase64(joinSigned(seed, publicKey))}`,
    whpk: `whpk_${encodeBase64(publicKey)}`,
  };
}

/** As each scheme's documentation tells senders to. */
async function sign(scheme: Scheme, secret: string, message: Message): Promise<[string, string][]> {
  const { id, seconds, body } = message;
  const hex = async (...parts: ReadonlyArray<string | Uint8Array>) => {
    const hmac = await importHmac(joinSigned(secret));
    const bytes = await hmac.sign(joinSigned(...parts));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  };
  if (scheme === 'github') return [['X-Hub-Signature-256', `sha256=${await hex(body)}`]];
  if (scheme === 'bearer') return [['Authorization', `Bearer ${secret}`]];
  if (scheme === 'stripe') {
    return [['Stripe-Signature', `t=${seconds},v1=${await hex(`${seconds}.`, body)}`]];
  }
  if (scheme === 'slack') {
    return [
      ['X-Slack-Request-Timestamp', `${seconds}`],
      ['X-Slack-Signature', `v0=${await hex(`v0:${seconds}:`, body)}`],
    ];
  }
  const signers = await parseSigners([secret]);
  if (!signers.ok) throw new Error(signers.failure.code);
  return Object.entries(await signMessage(signers.value, { id, timestampSeconds: seconds, body }));
}

async function verdict(
  scheme: Scheme,
  secrets: readonly string[],
  headers: HeaderFields,
  body: Uint8Array,
  nowSeconds = NOW,
): Promise<string> {
  const keys = parseVerifyKeys(scheme, secrets);
  if (!keys.ok) return keys.failure.code;
  const verifier = { scheme, keys: keys.value, toleranceSeconds: TOLERANCE_SECONDS };
  const verified = await verifyMessage(verifier, headers, body, nowSeconds);
  return verified.ok ? `ok ${verified.value.key}` : verified.failure.code;
}

const bytes = (max: number) =>
  fc.uint8Array({ maxLength: max }).map((array) => new Uint8Array(array));
const ids = fc.stringMatching(/^[\x21-\x2b\x2d\x2f-\x7e]{1,256}$/);
const messages: fc.Arbitrary<Message> = fc.record({
  id: ids,
  seconds: fc.integer({ min: NOW - TOLERANCE_SECONDS, max: NOW + TOLERANCE_SECONDS }),
  body: bytes(300),
});
const schemes = fc.constantFrom(...SCHEMES);

describe('a signed message', () => {
  it('is accepted in every scheme, in whatever order its headers come', async () => {
    await fc.assert(
      fc.asyncProperty(schemes, messages, fc.infiniteStream(fc.nat()), async (scheme, m, keys) => {
        const secret = scheme === 'bearer' ? 'a-token.of_enough~letters/+==' : SECRET;
        const others = [
          ['Content-Type', 'application/json'],
          ['X-Other', 'v1,v1,v1'],
        ] as const;
        const sent = [...(await sign(scheme, secret, m)), ...others]
          .map((field) => ({ field, at: keys.next().value ?? 0 }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ field }) => field);
        expect(await verdict(scheme, [secret], sent, m.body)).toBe('ok 0');
        expect(await verdict(scheme, [secret], new Headers(sent.map(([...f]) => f)), m.body)).toBe(
          'ok 0',
        );
      }),
    );
  });

  it('is accepted under an ed25519 key, wherever that stands among the secrets', async () => {
    const [key, other] = [await generateEd25519(), await generateEd25519()];
    await fc.assert(
      fc.asyncProperty(messages, async (message) => {
        const sent = await sign('standard', key.whsk, message);
        const secrets = [SECRET, other.whpk, key.whpk];
        expect(await verdict('standard', secrets, sent, message.body)).toBe('ok 2');
      }),
      { numRuns: 30 },
    );
  });

  it('is refused with any single bit of it turned', async () => {
    const key = await generateEd25519();
    const cases = fc.constantFrom<readonly [Scheme, string, string]>(
      ['standard', SECRET, SECRET],
      ['standard', key.whsk, key.whpk],
      ['github', SECRET, SECRET],
      ['stripe', SECRET, SECRET],
      ['slack', SECRET, SECRET],
    );
    await fc.assert(
      fc.asyncProperty(cases, messages, fc.nat(), async ([scheme, secret, check], m, at) => {
        const sent = await sign(scheme, secret, m);
        const pieces = [m.body, ...sent.map(([, value]) => joinSigned(value))];
        const turned = turnBit(pieces, at);
        const headers = sent.map(
          ([name], i) => [name, String.fromCharCode(...(turned[i + 1] ?? []))] as const,
        );
        const body = turned[0] ?? new Uint8Array();
        expect(await verdict(scheme, [check], headers, body)).not.toMatch(/^ok/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a secret that is replaced under load', () => {
  const OLD = SECRET;
  const NEW = 'whsec_N6lqGF27munwLDcbCqHGgZvEL7dpebqR';
  const PHASES = [[OLD], [NEW, OLD], [NEW]] as const;
  const MESSAGES = 90;

  it('loses no message of a sender that changes in between, and then refuses the old', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: MESSAGES / 3, max: (2 * MESSAGES) / 3 }),
        async (change) => {
          const verdicts = await Promise.all(
            Array.from({ length: MESSAGES }, async (_, at) => {
              const message = { id: `msg_${at}`, seconds: NOW, body: joinSigned(`{"n":${at}}`) };
              const sent = await sign('standard', at < change ? OLD : NEW, message);
              const secrets = PHASES[Math.floor((3 * at) / MESSAGES)] ?? [];
              return verdict('standard', secrets, sent, message.body);
            }),
          );
          expect(verdicts.filter((found) => !found.startsWith('ok'))).toEqual([]);
        },
      ),
      { numRuns: 10 },
    );
    const late = { id: 'msg_late', seconds: NOW, body: joinSigned('{}') };
    const sent = await sign('standard', OLD, late);
    expect(await verdict('standard', PHASES[2], sent, late.body)).toBe('signature_mismatch');
  });
});

/** One bit of all of them together. */
function turnBit(pieces: readonly Uint8Array[], at: number): Uint8Array<ArrayBuffer>[] {
  const bits = pieces.reduce((sum, piece) => sum + 8 * piece.length, 0);
  let bit = at % bits;
  return pieces.map((piece) => {
    const copy = new Uint8Array(piece);
    if (bit >= 0 && bit < 8 * copy.length)
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    bit -= 8 * copy.length;
    return copy;
  });
}

describe('headers that nobody signed', () => {
  const NAMES = [
    ...['webhook-id', 'webhook-timestamp', 'webhook-signature', 'svix-id', 'svix-timestamp'],
    ...['svix-signature', 'x-hub-signature-256', 'stripe-signature', 'x-slack-signature'],
    ...['x-slack-request-timestamp', 'authorization'],
  ];
  const piece = fc.constantFrom(
    ...['v1', 'v1a', 'v0', 't', '=', ',', ' ', '\t', '.', `${NOW}`, 'sha256=', 'Bearer ', '-'],
    ...['A'.repeat(43), 'A'.repeat(86), '=', '==', 'f'.repeat(64), '0', '\u00e9', '\u0000', '\n'],
  );
  const values = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
  );
  const fields = fc.array(fc.tuple(fc.constantFrom(...NAMES), values), { maxLength: 12 });

  it('are refused with a code, and never throw', async () => {
    const { whpk } = await generateEd25519();
    await fc.assert(
      fc.asyncProperty(schemes, fields, bytes(50), async (scheme, headers, body) => {
        const secrets = scheme === 'standard' ? [SECRET, whpk] : ['s'.repeat(24)];
        expect(await verdict(scheme, secrets, headers, body)).toMatch(/^[a-z]+_[a-z_]+$/);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the limits', () => {
  const message = { id: 'msg_1', seconds: NOW, body: joinSigned('{}') };

  it('end the tolerance after 300 s to both sides, and know no milliseconds', async () => {
    for (const scheme of ['standard', 'stripe', 'slack'] as const) {
      const at = async (seconds: number) => {
        const sent = await sign(scheme, SECRET, { ...message, seconds });
        return verdict(scheme, [SECRET], sent, message.body);
      };
      expect(await at(NOW - 301)).toBe('timestamp_too_old');
      expect(await at(NOW - 300)).toBe('ok 0');
      expect(await at(NOW + 300)).toBe('ok 0');
      expect(await at(NOW + 301)).toBe('timestamp_too_new');
      expect(await at(NOW * 1000)).toBe('timestamp_too_new');
    }
  });

  it('take 16 signatures, and not 17', async () => {
    const wrong = encodeBase64(new Uint8Array(32));
    const sent = await sign('standard', SECRET, message);
    const right = sent.find(([name]) => name === 'webhook-signature')?.[1] ?? '';
    const send = (count: number) =>
      sent.map(([name, value]): [string, string] => [
        name,
        name === 'webhook-signature'
          ? [...Array<string>(count - 1).fill(`v1,${wrong}`), right].join(' ')
          : value,
      ]);
    const judge = (count: number) => verdict('standard', [SECRET], send(count), message.body);
    expect(await judge(SIGNATURES_MAX)).toBe('ok 0');
    expect(await judge(SIGNATURES_MAX + 1)).toBe('too_many_signatures');
  });

  it('take 4,096 bytes of signatures, and not one more', async () => {
    const sent = await sign('stripe', SECRET, message);
    const right = sent[0]?.[1] ?? '';
    const judge = (length: number) => {
      const header = `${right},x=`.padEnd(length, 'x');
      return verdict('stripe', [SECRET], [['stripe-signature', header]], message.body);
    };
    expect(await judge(SIGNATURE_HEADER_BYTES_MAX)).toBe('ok 0');
    expect(await judge(SIGNATURE_HEADER_BYTES_MAX + 1)).toBe('header_too_long');
  });

  it('take a body of 1 MiB, and not one byte more', async () => {
    const judge = async (length: number) => {
      const body = new Uint8Array(length);
      return verdict('github', [SECRET], await sign('github', SECRET, { ...message, body }), body);
    };
    expect(await judge(INBOUND_BODY_BYTES_MAX)).toBe('ok 0');
    expect(await judge(INBOUND_BODY_BYTES_MAX + 1)).toBe('body_too_large');
  });

  it('take four secrets, and not five', async () => {
    const sent = await sign('standard', SECRET, message);
    const other = 'whsec_N6lqGF27munwLDcbCqHGgZvEL7dpebqR';
    const judge = (count: number) => {
      const secrets = [...Array<string>(count - 1).fill(other), SECRET];
      return verdict('standard', secrets, sent, message.body);
    };
    expect(await judge(SECRETS_MAX)).toBe(`ok ${SECRETS_MAX - 1}`);
    expect(await judge(SECRETS_MAX + 1)).toBe('too_many_secrets');
  });

  it.each([
    ['secret_too_short', BEARER_CHARS_MIN - 1],
    ['ok 0', BEARER_CHARS_MIN],
    ['ok 0', BEARER_CHARS_MAX],
    ['secret_too_long', BEARER_CHARS_MAX + 1],
  ])('say %s of a token of %i characters', async (wanted, chars) => {
    const token = 'x'.repeat(chars);
    const sent = [['authorization', `Bearer ${token}`]] as const;
    expect(await verdict('bearer', [token], sent, message.body)).toBe(wanted);
  });
});

describe('a bearer', () => {
  const TOKEN = 'abcdefghijklmnopqrstuvwx';
  it.each([
    ['ok 0', `Bearer ${TOKEN}`],
    ['ok 0', `bearer ${TOKEN}`],
    ['signature_mismatch', `Bearer ${TOKEN}y`],
    ['signature_mismatch', `Bearer ${TOKEN.slice(0, -1)}`],
    ['signature_malformed', `Bearer  ${TOKEN}`],
    ['signature_malformed', `Basic ${TOKEN}`],
    ['signature_malformed', TOKEN],
    ['header_too_long', `Bearer ${'x'.repeat(BEARER_CHARS_MAX + 1)}`],
    ['missing_header', ''],
  ])('gets %s for "%s"', async (wanted, header) => {
    expect(await verdict('bearer', [TOKEN], [['Authorization', header]], new Uint8Array())).toBe(
      wanted,
    );
  });

  it('is not one whose secret could not stand in a header', () => {
    expect(parseVerifyKeys('bearer', ['with a space, and long enough'])).toEqual({
      ok: false,
      failure: { code: 'secret_malformed', index: 0 },
    });
  });
});

describe("a delivery's own id", () => {
  const body = joinSigned('{}');
  const check = async (headers: ReadonlyArray<readonly [string, string]>) => {
    const keys = parseVerifyKeys('github', [SECRET]);
    if (!keys.ok) throw new Error(keys.failure.code);
    const verifier = { scheme: 'github', keys: keys.value, toleranceSeconds: 1 } as const;
    const signed = await sign('github', SECRET, { id: '', seconds: NOW, body });
    const verified = await verifyMessage(verifier, [...signed, ...headers], body, NOW);
    return verified.ok ? verified.value.id : verified.failure.code;
  };

  it.each([
    [undefined, []],
    [undefined, [['x-github-delivery', '']]],
    ['72d3162e-cc78', [['X-GitHub-Delivery', '72d3162e-cc78']]],
    ['bad_id', [['x-github-delivery', 'a b']]],
    ['bad_id', [['x-github-delivery', 'x'.repeat(257)]]],
    [
      'bad_id',
      [
        ['x-github-delivery', 'a'],
        ['x-github-delivery', 'b'],
      ],
    ],
  ] as ReadonlyArray<readonly [string | undefined, ReadonlyArray<readonly [string, string]>]>)(
    'is %s for %j',
    async (wanted, headers) => {
      expect(await check(headers)).toBe(wanted);
    },
  );
});
