// Checks that WebCrypto leaves to its caller or does differently from runtime to runtime, in the
// plain arithmetic of RFC 8032, 5.1. All of it is over public values: nothing here is in constant
// time, and nothing needs to be.

const P = 2n ** 255n - 19n;
/** Order of the group that honest keys and signatures are in. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = modulo(-121665n * power(121666n, P - 2n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

type Point = readonly [x: bigint, y: bigint];

/**
 * What an encoded public key is: under a point of order 1, 2, 4 or 8 (`weak`) some signature fits
 * every message.
 */
export function judgePublicKey(key: Uint8Array): 'sound' | 'weak' | 'no_point' {
  let point = decodePoint(key);
  if (point === undefined) return 'no_point';
  for (let doubled = 0; doubled < 3; doubled++) point = add(point, point);
  return point[0] === 0n && point[1] === 1n ? 'weak' : 'sound';
}

/** S below the group's order (RFC 8032, 5.1.7): else a second signature follows from the first. */
export function hasCanonicalScalar(signature: Uint8Array): boolean {
  return readLittleEndian(signature.subarray(32)) < L;
}

/** RFC 8032, 5.1.3: 255 bits of y, then the parity of x. */
function decodePoint(key: Uint8Array): Point | undefined {
  const encoded = readLittleEndian(key);
  const y = modulo(encoded & (2n ** 255n - 1n));
  const square = modulo((y * y - 1n) * power(D * y * y + 1n, P - 2n));
  let x = power(square, (P + 3n) / 8n);
  if (modulo(x * x - square) !== 0n) x = modulo(x * ROOT_OF_MINUS_ONE);
  if (modulo(x * x - square) !== 0n) return undefined;
  return [(x & 1n) === encoded >> 255n ? x : modulo(-x), y];
}

/** RFC 8032, 5.1.4, in plain coordinates: d is no square, so no denominator is zero. */
function add([x1, y1]: Point, [x2, y2]: Point): Point {
  const k = D * x1 * x2 * y1 * y2;
  return [
    modulo((x1 * y2 + x2 * y1) * power(1n + k, P - 2n)),
    modulo((y1 * y2 + x1 * x2) * power(1n - k, P - 2n)),
  ];
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = modulo(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = modulo(result * square);
    square = modulo(square * square);
  }
  return result;
}

function modulo(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}

function readLittleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
