/**
 * Bytes of standard base64 (RFC 4648, 4) in its one canonical spelling: padding right, no unused
 * bit set, no white space. Undefined for every other text, even one that lenient decoders read.
 */
export function decodeCanonicalBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const characters = atob(text);
  // Bits that padding leaves unused may be set in another spelling of the same bytes.
  if (btoa(characters) !== text) return undefined;
  return Uint8Array.from(characters, (character) => character.charCodeAt(0));
}

/** The same for secrets, where the padding may be left out altogether. */
export function decodeSecretBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  const missing = text.length % 4;
  if (missing === 0 || text.includes('=')) return decodeCanonicalBase64(text);
  return missing === 1 ? undefined : decodeCanonicalBase64(text + '='.repeat(4 - missing));
}

export function encodeBase64(bytes: Uint8Array): string {
  let characters = '';
  for (const byte of bytes) characters += String.fromCharCode(byte);
  return btoa(characters);
}
