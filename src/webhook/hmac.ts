const HMAC_SHA256 = { name: 'HMAC', hash: 'SHA-256' } as const;

/** HMAC-SHA256 under one key. `key` is not empty: WebCrypto takes no empty one. */
export interface Hmac {
  /** 32 bytes. */
  sign(message: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /** Constant in time over what the two hold; that their lengths differ is no secret. */
  equal(a: Uint8Array<ArrayBuffer>, b: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

export async function importHmac(key: Uint8Array<ArrayBuffer>): Promise<Hmac> {
  const imported = await crypto.subtle.importKey('raw', key, HMAC_SHA256, false, [
    'sign',
    'verify',
  ]);
  async function sign(message: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await crypto.subtle.sign('HMAC', imported, message));
  }
  return {
    sign,
    // A message is hashed once and each signature compared to that, however many were sent: both
    // sides are hashed again under the key, so that WebCrypto's own comparison decides.
    async equal(a, b) {
      return crypto.subtle.verify('HMAC', imported, await sign(a), b);
    },
  };
}
