import type { RouteConfig } from '@hono/zod-openapi';
import { expect } from 'vitest';
import { z } from 'zod';

/** Holds real answers to what the OpenAPI document says of their route. */
export interface Witness {
  /** The answer's status and type are described, and its body is, to the last field. */
  hear(route: RouteConfig, response: Response): Promise<unknown>;
  /** `operationId status` of all that was heard. */
  readonly heard: ReadonlySet<string>;
}

export function createWitness(): Witness {
  const heard = new Set<string>();
  return {
    heard,
    async hear(route, response) {
      const where = `${route.operationId} ${response.status}`;
      heard.add(where);
      const described = route.responses[response.status];
      expect(described, `${where} is not described`).toBeDefined();
      const type = response.headers.get('content-type')?.split(';')[0] ?? '';
      const content = described !== undefined && 'content' in described ? described.content : {};
      const text = await response.text();
      expect(Object.keys(content ?? {}), where).toEqual(
        type === '' ? [] : expect.arrayContaining([type]),
      );
      const media = content?.[type];
      const schema = media !== undefined && 'schema' in media ? media.schema : undefined;
      if (!(schema instanceof z.ZodType)) return text;
      const body: unknown = JSON.parse(text);
      const parsed = schema.safeParse(body);
      expect(parsed.error?.issues ?? [], `${where}: ${text.slice(0, 300)}`).toEqual([]);
      // A schema drops what it does not know: whatever is left over is a field without description.
      expect(parsed.data, where).toEqual(body);
      return body;
    },
  };
}
