import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datasetCatalogue } from '@theriac/datasets';
import { fakeCell } from '../fakes/measured-cells';
import { profileNames } from './cell-file';
import { workOf } from './cell-work';
import { lectureFigure } from './lecture';
import { experimentsFolder, readTable, selectCells, tablesIn } from './table-folder';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-tables-'));
  cpSync(join(experimentsFolder, 'corruption-vs-poisoning'), join(folder, 'mine'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const write = (file: string, ...lines: string[]): void => writeFileSync(join(folder, 'mine', file), lines.join('\n'));

const cells = ['lr', 'nn'].flatMap((row) => ['clean', 'tgda', 'min-max'].map((column) => fakeCell(row, column)));
const selected = (...patterns: string[]): string[] => selectCells(cells, patterns).map(({ id }) => id);

describe('selectCells', () => {
  it('takes patterns, keeps the order of the table, and names no cell twice', () => {
    expect(selected()).toHaveLength(6);
    expect(selected('lr-*')).toEqual(['lr-clean', 'lr-tgda', 'lr-min-max']);
    expect(selected('*-{tgda,min-max}')).toEqual(['lr-tgda', 'lr-min-max', 'nn-tgda', 'nn-min-max']);
    expect(selected('nn-clean', 'lr-*', 'lr-tgda')).toEqual(['lr-clean', 'lr-tgda', 'lr-min-max', 'nn-clean']);
    expect(selected('?r-clean')).toEqual(['lr-clean']);
  });

  it('refuses a pattern that matches nothing', () => {
    expect(() => selected('lr-*', 'cnn-*')).toThrow(/--cells is "cnn-\*"; allowed: lr-clean, lr-tgda/);
  });
});

describe('readTable', () => {
  it('reads what is there', () => {
    expect(tablesIn(folder)).toEqual(['mine']);
    const { cells: found, title } = readTable(folder, 'mine');
    expect(title).toBe('Parameter corruption against data poisoning');
    expect(found.map(({ id }) => id).slice(0, 4)).toEqual(['lr-clean', 'lr-tgda', 'lr-gradpc-0.5', 'lr-gradpc-1']);
  });

  it('names the tables where one is unknown', () => {
    expect(() => readTable(folder, 'theirs')).toThrow(/there is no table "theirs".*allowed: mine/);
    expect(() => readTable(folder, '../mine')).toThrow(/there is no table/);
  });

  it('refuses a cell without a place, and two cells in one', () => {
    const rest = ['dataset: mnist', 'model: lr', 'profiles: { quick: {}, standard: {}, paper: {} }'];
    write('cells/other.yaml', 'row: svm', 'column: clean', ...rest);
    expect(() => readTable(folder, 'mine')).toThrow(/other.yaml: row is "svm"; allowed: lr, nn, cnn/);
    write('cells/other.yaml', 'row: lr', 'column: clean', ...rest);
    expect(() => readTable(folder, 'mine')).toThrow(
      /other.yaml: column is "clean"; allowed: a place that .*lr-clean.yaml/,
    );
  });

  it('refuses a footnote on nothing', () => {
    write(
      'table.yaml',
      'title: T',
      'page: 8',
      'reports: accuracy',
      'rows: { lr: LR, nn: NN, cnn: CNN }',
      'columns: { clean: clean, tgda: TGDA, gradpc-0.5: a, gradpc-1: b }',
      'footnotes: [{ on: svm, text: x }]',
    );
    expect(() => readTable(folder, 'mine')).toThrow(/footnotes\[0\].on is "svm"; allowed: lr, nn/);
  });
});

describe("the lecture's tables", () => {
  const datasets = datasetCatalogue().map(({ id }) => id);

  it.each(tablesIn(experimentsFolder))('%s can be read and played in every profile', (name) => {
    const table = readTable(experimentsFolder, name);
    for (const cell of table.cells)
      for (const profile of profileNames)
        expect(workOf(cell, profile, datasets).kind).toBe(cell.profiles[profile].kind);
  });

  it('are five, with a figure of the lecture in every cell that it fills', () => {
    const own = tablesIn(experimentsFolder).filter((name) => readTable(experimentsFolder, name).page !== undefined);
    const without = own.map((name) => {
      const table = readTable(experimentsFolder, name);
      const missing = table.cells.filter((cell) => lectureFigure(table, cell.profiles.paper) === undefined);
      return [name, table.page, table.cells.length, missing.map(({ column }) => column)];
    });
    expect(without).toEqual([
      ['cifar-comparisons', 9, 8, ['label-flip', 'label-flip']],
      ['comparisons-3-percent', 8, 19, ['convex-implicit']],
      ['corruption-vs-poisoning', 10, 12, []],
      ['gradient-canceling', 15, 48, []],
      ['transition-threshold', 15, 32, expect.arrayContaining(['clean', 'scaled', 'reversed'])],
    ]);
  });

  it('play the paper profile on whole data sets', () => {
    for (const name of tablesIn(experimentsFolder))
      for (const { profiles } of readTable(experimentsFolder, name).cells)
        expect(profiles.paper['train-limit'] ?? 0).toBe(0);
  });
});
