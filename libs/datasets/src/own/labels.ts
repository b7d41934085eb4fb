/** Class labels of a user's own data: 0, 1, ... without a gap, of at least two classes, all of them in both parts. */
import { unusable } from './unusable';

/** Labels are kept as bytes. */
export const mostClasses = 256;

/** Says where the label of a row stands, for example `data.csv, row 3`. */
export type PlaceOf = (row: number) => string;

/**
 * The labels as bytes. Refuses, by their place, labels that are no integer from 0 to 255 or below `classes`; labels with a gap;
 * fewer than two classes.
 */
export function checkedLabels(
  labels: ArrayLike<number>,
  placeOf: PlaceOf,
  part: string,
  classes?: number,
): { labels: Uint8Array; classes: number } {
  const most = classes ?? mostClasses;
  const seen = new Set<number>();
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (!Number.isInteger(label) || label < 0 || label >= most)
      throw unusable(
        `The label in ${placeOf(row)} is ${label}`,
        classes === undefined
          ? `integers from 0, for at most ${mostClasses} classes`
          : `0 to ${classes - 1}, as in training`,
        'Number the classes 0, 1, 2 and so on.',
      );
    seen.add(label);
  }
  const count = classes ?? Math.max(-1, ...seen) + 1;
  const absent = Array.from({ length: count }, (_, label) => label).filter((label) => !seen.has(label));
  if (absent.length > 0)
    throw unusable(
      `No row of ${part} has the label ${absent.slice(0, 5).join(', ')}${absent.length > 5 ? ', ...' : ''}`,
      `rows of every class from 0 to ${count - 1}`,
      'Number the classes 0, 1, 2 and so on, and give each of them rows.',
    );
  if (count < 2)
    throw unusable(`The rows of ${part} are of ${count} class${count === 1 ? '' : 'es'}`, 'at least 2 classes');
  return { labels: Uint8Array.from(labels), classes: count };
}
