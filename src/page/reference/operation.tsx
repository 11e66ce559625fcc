import type { Answer, Body, Placed } from './document.ts';
import { Fields, Parameters } from './fields.tsx';
import { Path } from './path.tsx';
import { Prose } from './prose.tsx';

/** One address and method: what it takes and all that it answers. */
export function OperationArticle({ method, path, operation }: Placed) {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  return (
    <article id={operationId} class="operation">
      <h3>
        <span class={`method ${method}`}>{method.toUpperCase()}</span>{' '}
        <code>
          <Path path={path} />
        </code>
      </h3>
      <p class="summary">{summary}</p>
      {description !== undefined && <Prose text={description} />}
      {operation.security?.length === 0 && <p class="hint">Asks for no key.</p>}
      {parameters !== undefined && (
        <details>
          <summary>Parameters ({parameters.length})</summary>
          <Parameters parameters={parameters} />
        </details>
      )}
      {requestBody !== undefined && <BodyDetails body={requestBody} />}
      {Object.entries(responses).map(([status, answer]) => (
        <AnswerDetails status={status} answer={answer} />
      ))}
    </article>
  );
}

function BodyDetails({ body }: { readonly body: Body }) {
  return (
    <details>
      <summary>Body: {Object.keys(body.content).join(', ')}</summary>
      {body.description !== undefined && <Prose text={body.description} />}
      <Media content={body.content} />
    </details>
  );
}

function AnswerDetails({ status, answer }: { readonly status: string; readonly answer: Answer }) {
  const good = status.startsWith('2');
  const codes = [...answer.description.matchAll(/^- `(\w+)`/gm)].map(([, code]) => code);
  const head = codes.length > 0 ? codes.join(', ') : answer.description;
  return (
    <details open={good}>
      <summary>
        <span class={good ? 'status good' : 'status'}>{status}</span>{' '}
        <span>{head.replaceAll('`', '')}</span>
      </summary>
      {codes.length > 0 && <Prose text={answer.description} />}
      {answer.content !== undefined && codes.length === 0 && <Media content={answer.content} />}
    </details>
  );
}

function Media({ content }: { readonly content: NonNullable<Answer['content']> }) {
  return (
    <>
      {Object.entries(content).map(([type, { schema, example }]) => (
        <section class="media">
          <h4>{type}</h4>
          {schema !== undefined && <Fields schema={schema} />}
          {example !== undefined && (
            <pre>
              <code>{JSON.stringify(example, null, 2)}</code>
            </pre>
          )}
        </section>
      ))}
    </>
  );
}
