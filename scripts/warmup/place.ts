/** Where a picture is: in a file, or at an address. */
export interface Place {
  readonly kind: 'file' | 'url';
  /** An absolute path or a URL. */
  readonly at: string;
  /**
   * What it is known by from run to run: a file's path, size and time, so that another picture
   * under an old name is another picture.
   */
  readonly key: string;
}

const PICTURE = /\.(?:jpe?g|jfif|png|webp|gif|avif)$/i;
const OTHER = /\.[a-z][a-z0-9]{0,7}$/i;

/** Judged by the name alone. */
export type NameSays = 'picture' | 'other' | 'nothing';

export function judgeName(path: string): NameSays {
  if (PICTURE.test(path)) return 'picture';
  return OTHER.test(path) ? 'other' : 'nothing';
}
