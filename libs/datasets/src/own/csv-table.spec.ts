import { readCsv } from './csv-table';

const read = (text: string) => readCsv('/data/own.csv', Buffer.from(text));
const rows = (count: number, line: (row: number) => string) =>
  Array.from({ length: count }, (_, row) => line(row)).join('\n');

describe('a CSV table', () => {
  it.each([
    ['without a header: the last column is the label', rows(20, (row) => `${row},${row / 2},${row % 2}`)],
    ['with a header that names no label', `a,b,kind\n${rows(20, (row) => `${row},${row / 2},${row % 2}`)}`],
    ['with a column label', `a,Label,b\r\n${rows(20, (row) => `${row}, ${row % 2} ,${row / 2}`)}\r\n`],
    [
      'with quotes, blank lines and a mark',
      `\uFEFF"a","y","b, c"\n\n${rows(20, (row) => `"${row}",${row % 2},${row / 2}`)}\n\n`,
    ],
  ])('%s', async (_, text) => {
    const table = await read(text);
    expect(table).toMatchObject({
      shape: [2],
      classNames: ['0', '1'],
      storedRange: null,
      counts: { train: 16, test: 4 },
    });
    const parts = [await table.train(), await table.test()];
    const found = parts.flatMap(({ stored, labels }) =>
      [...labels].map((label, row) => [stored[2 * row]!, stored[2 * row + 1]!, label]),
    );
    expect(found.sort(([a], [b]) => a! - b!)).toEqual(Array.from({ length: 20 }, (_, row) => [row, row / 2, row % 2]));
  });

  it('prefers label to class to y to target', async () => {
    const table = await read(`target,y,class\n${rows(20, (row) => `7,8,${row % 2}`)}`);
    expect([...(await table.train()).stored.subarray(0, 2)]).toEqual([7, 8]);
  });

  it.each([
    [
      'text among numbers',
      'age,height,class\n1,2,0\n3,tall,1',
      'own.csv, line 3, column "height", is "tall"; allowed: a finite number.',
    ],
    ['text without a header', '1,2,0\n3,tall,1', 'own.csv, line 2, column 2, is "tall"'],
    ['an empty cell', '1,2,0\n3,,1', 'own.csv, line 2, column 2, is ""'],
    ['NaN', '1,2,0\n3,NaN,1', 'own.csv, line 2, column 2, is "NaN"'],
    ['a number beyond float32', '1,2,0\n3,1e39,1', 'own.csv, line 2, column 2, is "1e39"'],
    ['hexadecimal', '1,2,0\n3,0x1f,1', 'is "0x1f"'],
    ['a row too short', '1,2,0\n3,4,1\n5,6', 'own.csv, line 3, has 2 columns; allowed: 3, as the first line has.'],
    ['a row too long', '1,2,0\n3,4,1,9', 'own.csv, line 2, has 4 columns'],
    ['one column', '1\n2', 'own.csv has 1 column'],
    ['an open quote', '1,2,0\n"3,4,1', 'own.csv is no CSV table'],
    ['a label that is no class', '1,2,0\n3,4,1.5', 'The label in own.csv, line 2 is 1.5'],
    ['a gap', '1,0\n2,1\n3,3', 'No row of own.csv has the label 2'],
    ['one row of a class', '1,0\n2,0\n3,1', 'Class 1 has 1 row'],
    ['a header alone', 'a,b,label', 'own.csv has no rows'],
    ['nothing', '', 'own.csv has no rows'],
  ])('is refused with %s', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});
