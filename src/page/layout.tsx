import type { Child } from 'hono/jsx';
import { type AssetName, assetPath } from './assets.ts';

export interface LayoutProps {
  readonly title: string;
  /** Which of the menu's pages this is. */
  readonly here: '/' | '/models' | '/docs';
  readonly description: string;
  /** What wakes it; a page that only tells has none. */
  readonly script?: AssetName;
  readonly children?: Child;
}

/** What every page has around its own part. */
export function Layout({ title, here, description, script, children }: LayoutProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <meta name="description" content={description} />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href={assetPath('favicon.svg')} type="image/svg+xml" />
        <link rel="stylesheet" href={assetPath('page.css')} />
        {script !== undefined && <script type="module" src={assetPath(script)} />}
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to the content
        </a>
        <header class="top">
          <a class="brand" href="/">
            <img src={assetPath('favicon.svg')} alt="" width="32" height="32" />
            razorbill
          </a>
          <nav aria-label="Pages">
            <Item here={here} to="/" name="Playground" />
            <Item here={here} to="/models" name="Models" />
            <Item here={here} to="/docs" name="API" />
          </nav>
        </header>
        <main id="content" tabindex={-1}>
          {children}
        </main>
        <footer>
          <p>Pictures are never stored and never logged. Apache-2.0.</p>
        </footer>
      </body>
    </html>
  );
}

function Item({ here, to, name }: { here: string; to: string; name: string }) {
  return (
    <a href={to} {...(here === to ? { 'aria-current': 'page' } : {})}>
      {name}
    </a>
  );
}
