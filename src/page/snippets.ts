import { classifyPath } from './call.ts';

export interface Asked {
  /** Of the service: `https://host`. */
  readonly origin: string;
  readonly model: string;
  /** A file of the visitor's, or the address of a bundled photograph. */
  readonly picture:
    | { readonly from: 'file'; readonly name: string }
    | { readonly from: 'url'; readonly url: string };
  /** Whether the service asks for a key. It is read from the environment: never shown. */
  readonly key: boolean;
}

export interface Snippet {
  readonly name: 'curl' | 'fetch' | 'Python';
  readonly code: string;
}

const KEY = 'RAZORBILL_KEY';

/** The same question outside of the page, ready to be run. */
export function toSnippets(asked: Asked): readonly Snippet[] {
  return [
    { name: 'curl', code: toCurl(asked) },
    { name: 'fetch', code: toFetch(asked) },
    { name: 'Python', code: toPython(asked) },
  ];
}

function toCurl({ origin, model, picture, key }: Asked): string {
  const address = quoteForShell(origin + classifyPath(model));
  const header = key ? ` \\\n  -H "Authorization: Bearer $${KEY}"` : '';
  if (picture.from === 'file') {
    return `curl --data-binary ${quoteForShell(`@${picture.name}`)}${header} \\\n  ${address}`;
  }
  const fetched = `curl -s ${quoteForShell(picture.url)}`;
  return `${fetched} |\n  curl --data-binary @-${header} \\\n  ${address}`;
}

function toFetch({ origin, model, picture, key }: Asked): string {
  const file = picture.from === 'file';
  const body = file
    ? `await readFile(${quote(picture.name)})`
    : `await (await fetch(${quote(picture.url)})).blob()`;
  const header = `\n  headers: { authorization: \`Bearer \${process.env.${KEY}}\` },`;
  const reader = "import { readFile } from 'node:fs/promises';\n\n";
  return `${file ? reader : ''}const url = ${quote(origin + classifyPath(model))};
const response = await fetch(url, {
  method: 'POST',${key ? header : ''}
  body: ${body},
});
const { predictions } = await response.json();
console.log(predictions);`;
}

function toPython({ origin, model, picture, key }: Asked): string {
  const file = picture.from === 'file';
  const bytes = file
    ? `Path(${quote(picture.name)}).read_bytes()`
    : `urlopen(${quote(picture.url)}).read()`;
  const imports = [
    'import json',
    ...(key ? ['import os'] : []),
    ...(file ? ['from pathlib import Path'] : []),
    'from urllib.request import Request, urlopen',
  ];
  const header = key
    ? `\nrequest.add_header("Authorization", "Bearer " + os.environ["${KEY}"])`
    : '';
  return `${imports.join('\n')}

picture = ${bytes}
request = Request(
    ${quote(origin + classifyPath(model))},
    picture,
    {"Content-Type": "application/octet-stream"},
)${header}
for prediction in json.load(urlopen(request))["predictions"]:
    print(prediction["label"], prediction["score"])`;
}

/** POSIX shells take everything between single quotes as it is, but for the quote itself. */
function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** JSON's strings are JavaScript's and, but for surrogate escapes, Python's. */
function quote(text: string): string {
  return JSON.stringify(text);
}
