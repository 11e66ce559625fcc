import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import textformat from 'protobufjs/ext/textformat.js';

const SCHEMA = readFileSync(new URL('model-config.proto', import.meta.url), 'utf8');

/** config.pbtxt: a ModelConfig in protobuf's text format. `schema` is a .proto file's text. */
export function modelConfigText(config: object, schema: string = SCHEMA): string {
  const type = modelConfigType(schema);
  return `${textformat.toText(type, type.fromObject(config)).trimEnd()}\n`;
}

/** The reverse. Throws protobufjs's own error where the text does not fit the schema. */
export function parseModelConfigText(text: string, schema: string = SCHEMA): object {
  const type = modelConfigType(schema);
  const options = { enums: String, longs: Number, defaults: false };
  return type.toObject(textformat.fromText(type, text), options);
}

function modelConfigType(schema: string): protobuf.Type {
  const { root } = protobuf.parse(schema, { keepCase: true });
  return root.lookupType('inference.ModelConfig');
}
