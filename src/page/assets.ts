import built from '../../build/site.json' with { type: 'json' };

/** A built file, as the pages name it: `page.css`. */
export type AssetName = keyof typeof built;

/** Its address, which changes with its contents. */
export function assetPath(name: AssetName): string {
  return built[name];
}
