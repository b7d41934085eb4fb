/**
 * Spambase: Hopkins, Reeber, Forman and Suermondt, Hewlett-Packard Labs, UCI Machine Learning Repository, 1999.
 * It has no official split; ours is fixed: of each class, shuffled, two thirds are for training; then each part is shuffled.
 */
import { randomStream, TheriacError } from '@theriac/tensors';
import type { Dataset, Examples } from './dataset';
import type { DownloadableFile } from './download';
import { digestOf, readDataFile } from './integrity';
import { rowsOf } from './rows-of';
import type { Source } from './source';
import { moments } from './moments';

const features = 57;
const classes = 2;

const data: DownloadableFile = {
  path: 'spambase/spambase.data',
  gzip: { bytes: 121512, sha256: 'dac8c1d190444d2bcbe8a0fed17319cd948e5ed17343746e859ed60c48131c7f' },
  plain: { bytes: 702942, sha256: 'b1ef93de71f97714d3d7d4f58fc9f718da7bbc8ac8a150eff2778616a8097b12' },
  mirrors: [
    'https://archive.ics.uci.edu/ml/machine-learning-databases/spambase/spambase.data',
    'https://web.archive.org/web/2022id_/https://archive.ics.uci.edu/ml/machine-learning-databases/spambase/spambase.data',
  ].map((url) => ({ url, compressed: false })),
};

const description = {
  id: 'spambase',
  description: 'word and character frequencies of e-mails, spam or not; split 2/3 - 1/3 by a fixed seed',
  source: 'Hopkins, Reeber, Forman and Suermondt, UCI, 1999; CC BY 4.0',
  classes,
  shape: [features],
  needsFiles: true,
  examples: { train: 3068, test: 1533 },
};

export const spambase: Source = {
  description,
  files: [data],
  async train(directory): Promise<Dataset> {
    const { train } = splitOf(await readRows(directory));
    return {
      id: description.id,
      shape: description.shape,
      features,
      classes,
      classNames: ['not spam', 'spam'],
      train,
      storedRange: null,
      standardisation: moments(train),
      digest: digestOf([data]),
    };
  },
  async test(directory) {
    return splitOf(await readRows(directory)).test;
  },
};

async function readRows(directory: string): Promise<Examples> {
  const bytes = await readDataFile(directory, data);
  return parseSpambase(new TextDecoder('latin1').decode(bytes), data.path);
}

/** Rows of 57 numbers and the class (1 spam, 0 not), comma-separated; an error names file, line and column. */
export function parseSpambase(text: string, name: string): Examples {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const stored = new Float32Array(lines.length * features);
  const labels = new Uint8Array(lines.length);
  for (const [row, line] of lines.entries()) {
    const cells = line.split(',');
    if (cells.length !== features + 1) {
      throw malformed(`${name}, line ${row + 1}, has ${cells.length} columns`, `${features + 1} columns`);
    }
    for (const [column, cell] of cells.entries()) {
      const value = /^\s*-?\d+(\.\d*)?(e[+-]?\d+)?\s*$/i.test(cell) ? Number(cell) : NaN;
      const place = `${name}, line ${row + 1}, column ${column + 1}, is ${JSON.stringify(cell.slice(0, 40))}`;
      if (!Number.isFinite(value)) throw malformed(place, 'a decimal number');
      if (column < features) stored[row * features + column] = value;
      else if (value === 0 || value === 1) labels[row] = value;
      else throw malformed(place, 'the class 0 or 1');
    }
  }
  return { count: lines.length, features, stored, labels };
}

/** The fixed stratified split. */
export function splitOf(rows: Examples): { train: Examples; test: Examples } {
  const random = randomStream(0, 'spambase', 'split');
  const train: number[] = [];
  const test: number[] = [];
  for (let label = 0; label < classes; label++) {
    const members = [...rows.labels.keys()].filter((row) => rows.labels[row] === label);
    const shuffled = shuffle(members, random.fork(`class ${label}`).permutation(members.length));
    const cut = Math.round((2 * members.length) / 3);
    train.push(...shuffled.slice(0, cut));
    test.push(...shuffled.slice(cut));
  }
  return {
    train: rowsOf(rows, shuffle(train, random.fork('train').permutation(train.length))),
    test: rowsOf(rows, shuffle(test, random.fork('test').permutation(test.length))),
  };
}

const shuffle = (items: readonly number[], order: Int32Array) => Array.from(order, (at) => items[at]!);

function malformed(sentence: string, allowed: string): TheriacError {
  return new TheriacError(sentence, {
    code: 'DATA_LOSS',
    field: data.path,
    allowed,
    remedy: 'Restore it from its source.',
  });
}
