import type { Examples } from '../dataset';

/** A user's own data, read as far as needed to know what they are. */
export interface OwnParts {
  readonly shape: readonly number[];
  readonly classNames: readonly string[];
  readonly counts: { readonly train: number; readonly test: number };
  readonly storedRange: readonly [number, number] | null;
  /** sha256, hex, over the content, wherever it lies. */
  readonly digest: string;
  /** What the user must be told. */
  readonly notice?: string;
  train(): Promise<Examples>;
  test(): Promise<Examples>;
}
