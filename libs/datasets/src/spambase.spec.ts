import { loadDataset } from './load';
import { toModelInput } from './scaling';
import { parseSpambase, splitOf } from './spambase';
import { loadTestSplit } from './test-split';

const row = (first: string, label: string) => [first, ...new Array<string>(56).fill('0.5'), label].join(',');

describe('parseSpambase', () => {
  it('reads rows with either line end', () => {
    const rows = parseSpambase(`${row('1.25', '1')}\r\n${row('3e2', '0')}\n`, 'f');
    expect(rows.count).toBe(2);
    expect([rows.stored[0], rows.stored[1], rows.stored[57]]).toEqual([1.25, 0.5, 300]);
    expect([...rows.labels]).toEqual([1, 0]);
  });

  it.each([
    [row('1', '1') + ',3', 'f, line 2, has 59 columns; allowed: 58 columns.'],
    [row('one', '1'), 'f, line 2, column 1, is "one"; allowed: a decimal number.'],
    [row('', '1'), 'f, line 2, column 1, is ""; allowed: a decimal number.'],
    [row('Infinity', '1'), 'f, line 2, column 1, is "Infinity"'],
    [row('1e999', '1'), 'f, line 2, column 1, is "1e999"'],
    [row('1', '2'), 'f, line 2, column 58, is "2"; allowed: the class 0 or 1.'],
    ['', 'f, line 2, has 1 columns'],
  ])('refuses a bad line (%#), with its place', (line, message) => {
    expect(() => parseSpambase(`${row('1', '0')}\n${line}\n`, 'f')).toThrow(message);
  });
});

describe('splitOf', () => {
  const lines = Array.from({ length: 300 }, (_, i) => row(String(i), i < 90 ? '1' : '0')).join('\n');
  const { train, test } = splitOf(parseSpambase(lines, 'f'));
  const ids = (part: { stored: Uint8Array | Float32Array; count: number }) =>
    Array.from({ length: part.count }, (_, i) => part.stored[i * 57]!);

  it('gives every row once, two thirds of each class to training', () => {
    expect([...ids(train), ...ids(test)].sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect([train.count, test.count]).toEqual([200, 100]);
    expect(train.labels.reduce((a, b) => a + b)).toBe(60);
  });

  it('keeps labels with rows, and shuffles', () => {
    for (const part of [train, test]) {
      for (const [i, id] of ids(part).entries()) expect(part.labels[i]).toBe(id < 90 ? 1 : 0);
      expect(ids(part)).not.toEqual(ids(part).sort((a, b) => a - b));
    }
  });
});

const directory = process.env['THERIAC_DATA'];
if (!directory) process.stderr.write('THERIAC_DATA is not set: Spambase is tested on made-up rows only.\n');
else {
  describe('Spambase as published', () => {
    it('is split as the catalogue says, and standardised by the training part', async () => {
      const dataset = await loadDataset('spambase', { directory });
      const test = await loadTestSplit('spambase', { directory });
      const { train } = dataset;
      expect([train.count, test.count]).toEqual([3068, 1533]);
      const spam = (labels: Uint8Array) => labels.reduce((a, b) => a + b, 0);
      expect(spam(train.labels)).toBe(Math.round((1813 * 2) / 3));
      expect(spam(train.labels) + spam(test.labels)).toBe(1813);
      expect(train.stored).toBeInstanceOf(Float32Array);
      const largest = [...train.stored, ...test.stored].reduce((a, b) => Math.max(a, b), 0);
      expect(largest).toBe(15841);
      expect(dataset.storedRange).toBeNull();
      const x = toModelInput(train, dataset, 'standardised');
      for (const feature of [0, 26, 56]) {
        const column = Array.from({ length: train.count }, (_, i) => x[i * 57 + feature]!);
        const mean = column.reduce((a, b) => a + b) / train.count;
        expect(mean).toBeCloseTo(0, 5);
        expect(column.reduce((a, b) => a + (b - mean) ** 2, 0) / train.count).toBeCloseTo(1, 4);
      }
      expect(() => toModelInput(train, dataset, 'symmetric')).toThrow(
        'scaling is "symmetric"; allowed: standardised, stored',
      );
    });
  });
}
