/** What is committed under experiments/ is what its cells ask for, rendered from its cards. */
import { datasetCatalogue } from '@theriac/datasets';
import { fakeCell, fakeManifest } from '../fakes/measured-cells';
import { profileNames } from './cell-file';
import { workOf } from './cell-work';
import {
  committedStates,
  contradictions,
  isCommitted,
  plotFound,
  plotText,
  renderedFound,
  renderedText,
} from './committed';
import { experimentsFolder, readTable, tablesIn } from './table-folder';

const datasets = datasetCatalogue().map(({ id }) => id);
const committed = tablesIn(experimentsFolder).flatMap((name) => {
  const table = readTable(experimentsFolder, name);
  return profileNames
    .filter((profile) => isCommitted(table, profile))
    .map((profile) => ({ name: `${name}, ${profile}`, table, profile }));
});

it('has tables to check', () => {
  expect(committed.length).toBeGreaterThan(0);
});

describe.each(committed)('$name', ({ table, profile }) => {
  it('is rendered from its cards (theriac table <name> --profile <profile> --render --keep)', () => {
    expect(renderedFound(table, profile)).toBe(renderedText(table, profile));
    expect(plotFound(table, profile)).toBe(plotText(table, profile));
  });

  it('has the cards that its cells ask for', () => {
    for (const { cell, measured } of committedStates(table, profile))
      if (measured !== undefined)
        expect(contradictions(cell, workOf(cell, profile, datasets), measured.manifest)).toEqual([]);
  });
});

it('finds what a manifest has otherwise', () => {
  const cell = fakeCell(
    'lr',
    'tgda',
    'attack: tgda',
    'options: { epochs: 3 }',
    'scaling: symmetric',
    'constraint: box',
  );
  const found = contradictions(cell, workOf(cell, 'standard', datasets), fakeManifest);
  expect(found).toEqual([
    'cells/lr-tgda.yaml: seeds is [1,2,3], its card has [1,2]',
    'cells/lr-tgda.yaml: options.epochs is "3", its card has "undefined"',
  ]);
});
