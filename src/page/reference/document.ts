/** As much of an OpenAPI 3.1 document as the page shows. */
export interface Document {
  readonly info: { readonly version: string; readonly description?: string | undefined };
  readonly tags?: readonly Tag[] | undefined;
  readonly paths?: Readonly<Record<string, PathItem>> | undefined;
  readonly webhooks?: Readonly<Record<string, PathItem>> | undefined;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> } | undefined;
}

export interface Tag {
  readonly name: string;
  readonly description?: string;
}

type PathItem = Readonly<Record<string, Operation>>;

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Answer>>;
}

export interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

export interface Body {
  readonly description?: string;
  readonly content: Content;
}

export interface Answer {
  readonly description: string;
  readonly content?: Content;
}

type Content = Readonly<Record<string, { readonly schema?: Schema; readonly example?: unknown }>>;

export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly contentMediaType?: string;
}

/** An operation where it stands. */
export interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** Those of one tag, in the order of the document. */
export function placed(items: Document['paths'], tag: string): readonly Placed[] {
  return Object.entries(items ?? {}).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, operation]) => operation.tags.includes(tag))
      .map(([method, operation]) => ({ method, path, operation })),
  );
}
