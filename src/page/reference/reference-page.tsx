import { Layout } from '../layout.tsx';
import { type Document, placed } from './document.ts';
import { Fields } from './fields.tsx';
import { OperationArticle } from './operation.tsx';
import { Path } from './path.tsx';
import { Prose } from './prose.tsx';

/** The reference of the API, made of its document; it needs no script. */
export function renderReference(document: Document): string {
  return `<!doctype html>\n${<ReferencePage {...document} />}\n`;
}

function ReferencePage({ info, tags = [], paths, webhooks, components }: Document) {
  const schemas = Object.entries(components?.schemas ?? {});
  return (
    <Layout
      title="razorbill: the API"
      here="/docs"
      description="Every address of the API, what it takes, and all that it answers."
    >
      <section class="hero">
        <h1>The API</h1>
        <Prose text={info.description ?? ''} />
        <p>
          Version {info.version}, as an <a href="/openapi.json">OpenAPI 3.1 document</a>.
        </p>
      </section>
      <div class="reference">
        <nav class="contents" aria-label="Addresses">
          {tags.map(({ name }) => (
            <>
              <p>{name}</p>
              <ul>
                {placed(paths, name).map(({ method, path, operation }) => (
                  <li>
                    <a href={`#${operation.operationId}`}>
                      <span class="method">{method.toUpperCase()}</span> <Path path={path} />
                    </a>
                  </li>
                ))}
              </ul>
            </>
          ))}
        </nav>
        <div class="operations">
          {tags.map(({ name, description }) => (
            <section>
              <h2>{name}</h2>
              {description !== undefined && <p class="hint">{description}</p>}
              {placed(paths, name).map((one) => (
                <OperationArticle {...one} />
              ))}
              {placed(webhooks, name).map((one) => (
                <OperationArticle {...one} path="your receiver of callbacks" />
              ))}
            </section>
          ))}
          <section>
            <h2>Schemas</h2>
            {schemas.map(([name, schema]) => (
              <article id={`schema-${name}`} class="operation">
                <h3>
                  <code>{name}</code>
                </h3>
                <Fields schema={schema} />
              </article>
            ))}
          </section>
        </div>
      </div>
    </Layout>
  );
}
