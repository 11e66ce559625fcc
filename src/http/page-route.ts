import { CONTENT_SECURITY_POLICY } from '../page/security.ts';
import type { App, AppContext, Pages, Services } from './services.ts';

/** Where the documents for people stand. */
const PAGES = { '/': 'playground.html', '/models': 'models.html', '/docs': 'docs.html' } as const;

/** Nothing where there are no pages. They hold no data: that comes by the API, with its key. */
export function addPages(app: App, { pages }: Services): void {
  if (pages === undefined) return;
  for (const [path, file] of Object.entries(PAGES)) {
    app.get(path, (c) => serve(c, pages, file));
  }
}

async function serve(c: AppContext, pages: Pages, file: string): Promise<Response> {
  const page = await pages(file, c.req.header('if-none-match'));
  const response = new Response(page.body, page);
  response.headers.set('content-security-policy', CONTENT_SECURITY_POLICY);
  return response;
}
