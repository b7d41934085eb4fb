/** Sets of whole numbers as Kubernetes writes the indexes of a Job: "0-5,7,9-10". A set costs as much as it has gaps. */
import { invalid } from '@theriac/tensors';

export interface Ranges {
  readonly count: number;
  /** The `position`-th member in ascending order, from 0; undefined beyond the last. */
  at(position: number): number | undefined;
  [Symbol.iterator](): Iterator<number>;
}

/** Writes ascending numbers. */
export function rangesText(numbers: Iterable<number>): string {
  const parts: string[] = [];
  let [first, last] = [-1, -2];
  const close = (): void => void (first >= 0 && parts.push(first === last ? String(first) : `${first}-${last}`));
  for (const one of numbers) {
    if (one === last + 1) last = one;
    else {
      close();
      [first, last] = [one, one];
    }
  }
  close();
  return parts.join(',');
}

/** Reads what `rangesText` wrote; "" is the empty set. Throws INVALID_ARGUMENT naming `where` for anything else. */
export function parseRanges(text: string, where: string): Ranges {
  const starts: number[] = [];
  const ends: number[] = [];
  /** How many members lie before each range. */
  const before: number[] = [];
  let count = 0;
  for (const part of text.trim() === '' ? [] : text.trim().split(',')) {
    const [, from = '', to = from] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (from === '' || last < first || first <= (ends.at(-1) ?? -1))
      throw invalid(where, part, 'ascending whole numbers and ranges, as in 0-5,7');
    starts.push(first);
    ends.push(last);
    before.push(count);
    count += last - first + 1;
  }
  return {
    count,
    at(position) {
      if (!Number.isInteger(position) || position < 0 || position >= count) return undefined;
      let [low, high] = [0, starts.length - 1];
      while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if ((before[middle] ?? 0) <= position) low = middle;
        else high = middle - 1;
      }
      return (starts[low] ?? 0) + position - (before[low] ?? 0);
    },
    *[Symbol.iterator]() {
      for (const [index, start] of starts.entries()) for (let one = start; one <= (ends[index] ?? -1); one++) yield one;
    },
  };
}
