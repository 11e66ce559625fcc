import type { Parameter, Schema } from './document.ts';
import { type Field, listFields, nameOf, toType } from './field.ts';
import { withCode } from './prose.tsx';

/** The fields of a schema; of one that has a name only where it is shown. */
export function Fields({ schema }: { readonly schema: Schema }) {
  const fields = listFields(schema);
  const names = [schema, ...(schema.anyOf ?? [])].flatMap((one) => nameOf(one) ?? []);
  return (
    <>
      {names.length > 0 && (
        <p>
          {names.map((name, i) => (
            <>
              {i === 0 ? 'As ' : ' or '}
              <a href={`#schema-${name}`}>{name}</a>
            </>
          ))}
          {fields.length > 0 && ', and'}
        </p>
      )}
      {names.length === 0 && fields.length === 0 && <p>{toType(schema)}</p>}
      <FieldList fields={fields} />
    </>
  );
}

/** Parameters of an address: in its path, its query or its headers. */
export function Parameters({ parameters }: { readonly parameters: readonly Parameter[] }) {
  const fields = parameters.map((one) => ({
    path: one.name,
    type: `${PLACES[one.in] ?? one.in}, ${toType(one.schema)}`,
    required: one.required === true,
    description: one.description ?? one.schema.description ?? '',
  }));
  return <FieldList fields={fields} />;
}

const PLACES: Readonly<Record<string, string>> = { path: 'in the path', header: 'header' };

function FieldList({ fields }: { readonly fields: readonly Field[] }) {
  if (fields.length === 0) return null;
  return (
    <dl class="fields">
      {fields.map(({ path, type, link, required, description }) => (
        <div>
          <dt>
            <code>{path}</code>
            {required && <span class="required">required</span>}
          </dt>
          <dd>
            <span class="type">
              {link === undefined ? type : <a href={`#schema-${link}`}>{type}</a>}
            </span>
            {description !== '' && <span>{withCode(description)}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
