/**
 * MNIST 1 versus 7: the two classes of MNIST that Koh, Steinhardt and Liang ("Stronger data poisoning attacks break data
 * sanitization defenses", Machine Learning 111, 2022) and others play on. The rows of MNIST with these digits, in its order.
 */
import type { Examples } from './dataset';
import { sha256 } from './integrity';
import { mnist } from './mnist';
import { rowsOf } from './rows-of';
import type { Source } from './source';

/** The digit of class 0, and that of class 1. */
const digits = [1, 7];

const description = {
  ...mnist.description,
  id: 'mnist-1-7',
  description: 'the digits 1 and 7 of MNIST, 28 x 28 grey levels',
  classes: digits.length,
  examples: { train: 13_007, test: 2_163 },
};

export const mnist17: Source = {
  description,
  files: mnist.files,
  async train(directory) {
    const all = await mnist.train(directory);
    return {
      ...all,
      id: description.id,
      classes: digits.length,
      classNames: digits.map(String),
      train: withLabels(all.train, digits),
      digest: sha256(`${all.digest}  digits ${digits.join()}\n`),
    };
  },
  test: async (directory) => withLabels(await mnist.test(directory), digits),
};

/** The rows with these labels, copied, in their order; the label at position k becomes class k. */
export function withLabels(examples: Examples, wanted: readonly number[]): Examples {
  const { labels } = examples;
  const rows = rowsOf(
    examples,
    [...labels.keys()].filter((row) => wanted.includes(labels[row]!)),
  );
  return { ...rows, labels: rows.labels.map((label) => wanted.indexOf(label)) };
}
