/**
 * The order in which sets sorted by class present their rows: a fixed permutation, so that the first rows, and the last ones held
 * out for validation, are of all classes. It is part of the data set's digest.
 */
import { randomStream } from '@theriac/tensors';
import { sha256 } from './integrity';

/** Changes whenever the rule does. */
const rule = 'rows shuffled 1';

/** `items` in the fixed order for this many rows of the data set called `name`. */
export function shuffledRows<T>(items: readonly T[], name: string, part: string): T[] {
  return Array.from(randomStream(0, 'rows', name, part).permutation(items.length), (at) => items[at]!);
}

/** The digest of content whose rows are presented in the fixed order. */
export function shuffledDigest(content: string): string {
  return sha256(`${content}  ${rule}\n`);
}
