/** A picture that an event names. */
export interface ImageReference {
  /** As it was written; nothing says yet that it is one that we fetch. */
  readonly url: string;
  /** Set when the source may not name pictures there: it fails alone, and is never fetched. */
  readonly refused: 'image_host_not_allowed' | undefined;
}

/**
 * `allowed`: `images.example.com`, `localhost:9000`, or `*.example.com` for names below it; without
 * entries any public host. Redirects may lead elsewhere, under all other rules for URLs.
 */
export function referToImage(url: string, allowed: readonly string[]): ImageReference {
  const parsed = URL.parse(url);
  // A text that is no URL gets its own code where it would be fetched.
  const refused =
    allowed.length > 0 && parsed !== null && !isAllowed(parsed, allowed)
      ? 'image_host_not_allowed'
      : undefined;
  return { url, refused };
}

function isAllowed(url: URL, allowed: readonly string[]): boolean {
  return allowed.some((entry) =>
    // `host` holds the port, unless it is the scheme's own.
    entry.startsWith('*.') ? url.host.endsWith(entry.slice(1)) : entry === url.host,
  );
}
