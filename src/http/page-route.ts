import { sha256 } from '../digest.ts';
import { CONTENT_SECURITY_POLICY } from '../page/security.ts';
import { matches } from './respond.ts';
import type { App, AppContext, Services } from './services.ts';

/** The pages for people: `/` and what it links to. Nothing where the service has none. */
export function addPages(app: App, { pages }: Services): void {
  if (pages === undefined) return;
  app.get('/', (c) => html(c, pages.playground()));
}

/** A document with an ETag; kept by the browser alone, because a key may have opened it. */
async function html(c: AppContext, document: string): Promise<Response> {
  const etag = `"${(await sha256(new TextEncoder().encode(document))).slice(0, 32)}"`;
  c.header('etag', etag);
  c.header('cache-control', 'private, no-cache');
  c.header('content-security-policy', CONTENT_SECURITY_POLICY);
  if (matches(c.req.header('if-none-match'), etag)) return c.body(null, 304);
  return c.html(document);
}
