export interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
}

/**
 * The same schema without room for unknown fields: a cluster drops them in silence (Kubernetes'
 * "pruning"), so that a misspelt one would be lost.
 */
export function closeObjects(schema: JsonSchema): JsonSchema {
  const { properties, items, additionalProperties } = schema;
  const open =
    properties === undefined ||
    additionalProperties !== undefined ||
    schema['x-kubernetes-preserve-unknown-fields'] === true;
  const closed = Object.entries(properties ?? {}).map(([name, inner]) => {
    // The definition leaves metadata to Kubernetes.
    return [name, name === 'metadata' ? inner : closeObjects(inner)] as const;
  });
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties: Object.fromEntries(closed) }),
    ...(items === undefined ? {} : { items: closeObjects(items) }),
    ...(open ? {} : { additionalProperties: false }),
  };
}
