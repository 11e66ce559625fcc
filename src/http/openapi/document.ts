import { OpenAPIHono, type RouteConfig } from '@hono/zod-openapi';
import { ROUTES } from './api.ts';
import { CALLBACK } from './callback.ts';
import { describeFields } from './describe.ts';
import { INFO, SECURITY_SCHEMES, TAGS } from './info.ts';

export type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>;

/**
 * The OpenAPI 3.1 document of the service. It is made when the project is built: neither the
 * library nor a schema of an answer is part of the Worker.
 */
export function createDocument(version: string): Document {
  describeFields();
  const app = new OpenAPIHono();
  const registry = app.openAPIRegistry;
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES)) {
    registry.registerComponent('securitySchemes', name, scheme);
  }
  for (const route of ROUTES as readonly RouteConfig[]) registry.registerPath(route);
  registry.registerWebhook(CALLBACK);
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { ...INFO, version },
    tags: TAGS,
    security: [{ apiKey: [] }],
  });
}
