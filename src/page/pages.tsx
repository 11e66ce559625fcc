import { assetPath } from './assets.ts';
import { Layout } from './layout.tsx';
import { ModelsView } from './models-view.tsx';
import type { Actions } from './playground-store.ts';
import { PlaygroundView } from './playground-view.tsx';
import { writeSamples } from './samples.ts';
import { INITIAL, type Sample } from './state.ts';

const SAMPLES: readonly Sample[] = [
  sample('chelsea.png', 'A cat with striped fur', assetPath('chelsea.png.thumb.webp')),
  sample('coffee.png', 'A cup of coffee on a tray', assetPath('coffee.png.thumb.webp')),
  sample('rocket.jpg', 'A rocket that takes off', assetPath('rocket.jpg.thumb.webp')),
  sample('boats.jpg', 'Old boats in a harbour', assetPath('boats.jpg.thumb.webp')),
];

function sample(
  file: 'chelsea.png' | 'coffee.png' | 'rocket.jpg' | 'boats.jpg',
  alt: string,
  thumbnail: string,
): Sample {
  return { file, alt, path: assetPath(file), thumbnail };
}

async function nothing(): Promise<void> {}

/** Until the script is awake nothing happens. */
const ASLEEP: Actions = {
  wake: nothing,
  useKey: nothing,
  forgetKey: nothing,
  take: nothing,
  takeSample: nothing,
  choose: nothing,
  compare: nothing,
  ask: nothing,
  drag: () => undefined,
};

/** Every page as an HTML document, by its file's name: rendered when the project is built. */
export function renderPages(): Readonly<Record<string, string>> {
  return {
    'playground.html': toDocument(<PlaygroundPage />),
    'models.html': toDocument(<ModelsPage />),
  };
}

function toDocument(page: unknown): string {
  return `<!doctype html>\n${page}\n`;
}

function PlaygroundPage() {
  return (
    <Layout
      title="razorbill: what is in this picture?"
      here="/"
      script="playground.js"
      description="Names what is in a picture, at the edge: an int8 ResNet in WebAssembly."
    >
      <section class="hero">
        <h1>What is in this picture?</h1>
        <p>
          A quantized ResNet, in WebAssembly, in the data centre nearest to you, names it. The
          picture is classified and forgotten: only the scores are kept, under its hash.
        </p>
      </section>
      <noscript>
        <WithoutScript />
      </noscript>
      <div id="playground" {...writeSamples(SAMPLES)}>
        <PlaygroundView state={INITIAL} act={ASLEEP} samples={SAMPLES} origin="" />
      </div>
    </Layout>
  );
}

/** The API needs no script: a form can ask it, and so can a terminal. */
function WithoutScript() {
  return (
    <section class="plain">
      <h2>This page needs JavaScript to show answers. The service does not:</h2>
      <form action="/v1/classify" method="post" enctype="multipart/form-data">
        <label for="plain-file">A picture</label>
        <input id="plain-file" type="file" name="image" accept="image/*" required />
        <button type="submit" class="strong">
          Classify it (the answer is JSON)
        </button>
      </form>
      <p>Or from a terminal, with this page's address for “https://…”:</p>
      <pre>
        <code>curl --data-binary @photo.jpg https://…/v1/classify</code>
      </pre>
      <p>
        Where the service asks for a key, the form gets no answer, and curl needs{' '}
        <code>-H "Authorization: Bearer …"</code>.
      </p>
    </section>
  );
}

function ModelsPage() {
  return (
    <Layout
      title="razorbill: models"
      here="/models"
      script="models.js"
      description="The models of this service: what they know, how right they are, what they cost."
    >
      <section class="hero">
        <h1>Models</h1>
        <p>
          What each knows, how often it is right, and what a picture costs. Models here can be asked
          now; those of the catalogue are one command away.
        </p>
      </section>
      <noscript>
        <section class="plain">
          <h2>This page needs JavaScript. The same as JSON:</h2>
          <p>
            <a href="/v1/models">/v1/models</a>
          </p>
        </section>
      </noscript>
      <div id="models">
        <ModelsView state={{ phase: 'asking' }} onKey={nothing} onAgain={nothing} />
      </div>
    </Layout>
  );
}
