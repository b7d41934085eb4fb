/** One part of a data set. Rows are examples; `stored` is the form on disk: bytes are pixel intensities, value / 255. */
export interface Examples {
  readonly count: number;
  readonly features: number;
  /** count * features values, row-major. */
  readonly stored: Uint8Array | Float32Array;
  /** count class indices. */
  readonly labels: Uint8Array;
}

export interface Dataset {
  readonly id: string;
  /** Of one example: [height, width, channels] or [features]. */
  readonly shape: readonly number[];
  readonly features: number;
  readonly classes: number;
  readonly classNames: readonly string[];
  readonly train: Examples;
  /** Range of stored values after division of bytes by 255: [0, 1] for images, null where unbounded. */
  readonly storedRange: readonly [number, number] | null;
  /** Of stored values; one entry, or one per channel (the last axis), or one per feature. From the training part only. */
  readonly standardisation: { readonly mean: Float32Array; readonly sd: Float32Array };
  /** sha256, hex, over the files (train and test) or the generator's parameters, whatever the training limit. */
  readonly digest: string;
  /** What the user must be told, for instance that another data set stands in. */
  readonly notice?: string;
}

/** How a model sees stored values x: standardised (x - mean) / sd; symmetric 2x - 1; stored x. */
export type Scaling = 'standardised' | 'symmetric' | 'stored';

export interface DownloadProgress {
  /** The file being fetched. */
  readonly file: string;
  /** Bytes so far and in all, over every file of the data set that is missing. */
  readonly bytes: number;
  readonly total: number;
}

export interface LoadOptions {
  /** Folder of data files; default THERIAC_DATA, else ~/.cache/theriac/data. */
  readonly directory?: string;
  /** Fetch missing files from public mirrors; default true. */
  readonly download?: boolean;
  /** Where files are missing and cannot be fetched, load `synthetic-digits` with a notice instead; default false. */
  readonly syntheticFallback?: boolean;
  /** Only the first so many training examples; from 1 to all. */
  readonly trainLimit?: number;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Default the global fetch. */
  readonly fetch?: typeof globalThis.fetch;
  /** Cancels a download. */
  readonly signal?: AbortSignal;
}

/** What a data set is before any file is read. */
export interface DatasetDescription {
  readonly id: string;
  readonly description: string;
  /** Who made it, and the reference. */
  readonly source: string;
  readonly classes: number;
  readonly shape: readonly number[];
  readonly needsFiles: boolean;
  readonly examples: { readonly train: number; readonly test: number };
  /** Whether classes and examples are at most these: the files may be a part. */
  readonly atMost?: boolean;
}

/** The first rows of a part, over the same memory. */
export function firstRows(examples: Examples, count: number): Examples {
  const { features, stored, labels } = examples;
  return { count, features, stored: stored.subarray(0, count * features), labels: labels.subarray(0, count) };
}
