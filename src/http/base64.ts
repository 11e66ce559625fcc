// TypeScript's ES2024 library does not know this method of ES2026 yet; workerd has it.
declare global {
  interface Uint8ArrayConstructor {
    fromBase64?(text: string): Uint8Array;
  }
}

/** Decodes standard base64 (RFC 4648, 4; white space allowed); undefined when it is not base64. */
export function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64?.(text) ?? decodeWithAtob(text);
  } catch {
    return undefined;
  }
}

/** For runtimes without fromBase64 (Node 24). */
function decodeWithAtob(text: string): Uint8Array {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < characters.length; i++) bytes[i] = characters.charCodeAt(i);
  return bytes;
}

/** `data:[<type>];base64,<data>` (RFC 2397) or plain base64. */
export function decodeBase64OrDataUrl(text: string): Uint8Array | undefined {
  if (!text.startsWith('data:')) return decodeBase64(text);
  const comma = text.indexOf(',');
  if (comma < 0 || !text.slice(0, comma).toLowerCase().endsWith(';base64')) return undefined;
  return decodeBase64(text.slice(comma + 1));
}
