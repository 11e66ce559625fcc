// `npm run openapi`: the OpenAPI document on stdout, as the service has it at /openapi.json.
import { readFileSync } from 'node:fs';
import { createDocument } from '../src/http/openapi/document.ts';

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
const { version } = JSON.parse(manifest) as { version: string };
console.log(JSON.stringify(createDocument(version), null, 2));
