import type { Child } from 'hono/jsx';
import { assetPath } from './assets.ts';

export interface LayoutProps {
  readonly title: string;
  /** Which of the menu's pages this is. */
  readonly here: '/' | '/models';
  readonly description: string;
  readonly children?: Child;
}

/** What every page has around its own part. */
export function Layout({ title, here, description, children }: LayoutProps) {
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
        <script type="module" src={assetPath('playground.js')} />
      </head>
      <body>
        <a class="skip" href="#content">
          Skip to the content
        </a>
        <header class="top">
          <a class="brand" href="/">
            razorbill
          </a>
          <nav aria-label="Pages">
            <Item here={here} to="/" name="Playground" />
            <Item here={here} to="/models" name="Models" />
          </nav>
        </header>
        <main id="content">{children}</main>
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
