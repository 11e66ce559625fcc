/** The API's documents, as far as the pages read them. A test holds them to what the API sends. */
export interface Prediction {
  readonly label: string;
  readonly class_id: number;
  /** 0 to 1. */
  readonly score: number;
}

export interface Run {
  readonly engine: string;
  readonly place: string;
  readonly because: string;
  readonly cache: 'hit' | 'miss' | 'bypass';
  readonly cache_key?: string;
  readonly cost?: { readonly cpu_ms: number; readonly usd_per_million: number };
  readonly stage?: { readonly number: number; readonly of: number; readonly confidence: number };
}

export interface PictureAnswer {
  readonly model: string;
  readonly image: {
    readonly sha256: string;
    readonly width: number;
    readonly height: number;
    readonly format: string;
  };
  readonly predictions: readonly Prediction[];
  readonly run: Run;
}

/** RFC 9457, with the members that some codes add. */
export interface ProblemDocument {
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly request_id?: string;
  readonly [member: string]: unknown;
}

export interface Accuracy {
  readonly dataset: string;
  readonly images: number;
  readonly precision: 'fp32' | 'int8';
  /** 0 to 1. */
  readonly top1: number;
  readonly agreement?: number | undefined;
  readonly command: string;
}

/** What cards and entries of the catalogue both say. */
interface Described {
  readonly name: string;
  readonly classes: number;
  readonly labels: string;
  readonly licence: string;
  readonly input: { readonly height: number; readonly width: number };
  readonly architecture: { readonly depth: number; readonly variant: string };
}

/** Counted on the network; `macs` are the multiply-adds of one picture. */
export interface Computed {
  readonly parameters: number;
  readonly macs: number;
}

export interface Card extends Described {
  readonly graph: string;
  readonly bytes: number;
  readonly source: { readonly title: string; readonly url?: string | undefined };
  readonly accuracy: readonly Accuracy[];
  readonly calibration: { readonly method: string; readonly images: number };
  readonly cost: ReadonlyArray<{
    readonly engine: string;
    readonly cpu_ms: number;
    readonly memory_bytes: number;
    readonly machine: string;
    readonly date: string;
    readonly command: string;
  }>;
  readonly computed?: Computed | undefined;
}

export interface CatalogueEntry extends Described {
  readonly dataset: string;
  readonly source: { readonly title: string; readonly url?: string };
  readonly published?: { readonly top1_percent: number } | undefined;
  readonly computed: Computed;
  readonly command: string;
}

/** A card that the service cannot read itself is listed with what is wrong with it. */
export interface UnreadableCard {
  readonly name: string;
  readonly error: ProblemDocument;
}

export interface ModelsDocument {
  readonly default: string;
  readonly models: ReadonlyArray<Card | UnreadableCard>;
  readonly catalogue: readonly CatalogueEntry[];
}
