import { useState } from 'hono/jsx/dom';
import { CopyButton } from './copy-button.tsx';
import { type Asked, type Snippet, toSnippets } from './snippets.ts';
import type { State } from './state.ts';

/** The same question as a program: of the picture that is shown, or of one yet to be named. */
export function CodePanel({ state, origin }: { state: State; origin: string }) {
  const [language, setLanguage] = useState<Snippet['name']>('curl');
  if (state.model === '') return null;
  const snippets = toSnippets(toAsked(state, origin));
  const code = snippets.find(({ name }) => name === language)?.code ?? '';
  return (
    <section class="code" aria-labelledby="code">
      <div class="bar">
        <h2 id="code">The same in code</h2>
        <fieldset class="tabs">
          <legend class="unseen">Language</legend>
          {snippets.map(({ name }) => (
            <label key={name}>
              <input
                type="radio"
                name="language"
                checked={name === language}
                onChange={() => setLanguage(name)}
              />
              <span>{name}</span>
            </label>
          ))}
        </fieldset>
        <CopyButton text={code} what={`the ${language} code`} />
      </div>
      <section class="scroll" aria-label={`${language} code`} tabindex={0}>
        <pre>
          <code>{code}</code>
        </pre>
      </section>
    </section>
  );
}

function toAsked({ picture, model, key }: State, origin: string): Asked {
  const shown = { origin, model, key: key === 'held' };
  if (picture?.path !== undefined) {
    return { ...shown, picture: { from: 'url', url: origin + picture.path } };
  }
  return { ...shown, picture: { from: 'file', name: picture?.name ?? 'photo.jpg' } };
}
