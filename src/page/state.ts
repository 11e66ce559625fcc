import type { Card } from './api.ts';
import type { Answered } from './call.ts';
import type { Trouble } from './trouble.ts';

/** A bundled photograph. */
export interface Sample {
  readonly file: string;
  readonly alt: string;
  /** Addresses of the file and of the small square. */
  readonly path: string;
  readonly thumbnail: string;
}

export interface Picture {
  readonly blob: Blob;
  readonly name: string;
  /** Address for an `<img>`. */
  readonly preview: string;
  /** Where a bundled one lies; undefined for the visitor's own. */
  readonly path: string | undefined;
}

/** One model's part of the answer. */
export type Column =
  | { readonly phase: 'idle' }
  | { readonly phase: 'asking' }
  | { readonly phase: 'answered'; readonly answered: Answered }
  | { readonly phase: 'failed'; readonly trouble: Trouble };

export interface State {
  /** `refused`: the key that was typed is none of this service's. */
  readonly key: 'unknown' | 'open' | 'needed' | 'refused' | 'held';
  /** Undefined until the service has told. */
  readonly models: readonly Card[] | undefined;
  readonly model: string;
  /** The second model; '' where none is compared. */
  readonly other: string;
  readonly picture: Picture | undefined;
  /** Of the first model and, where one is compared, of the second. */
  readonly columns: readonly Column[];
  /** What stands in the way of everything: no list of models, nothing usable dropped. */
  readonly trouble: Trouble | undefined;
  /** A file is held over the page. */
  readonly dragging: boolean;
}

export const INITIAL: State = {
  key: 'unknown',
  models: undefined,
  model: '',
  other: '',
  picture: undefined,
  columns: [{ phase: 'idle' }],
  trouble: undefined,
  dragging: false,
};
