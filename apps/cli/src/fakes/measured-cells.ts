/** Tables and measured cells made up for tests of rendering. */
import { compare, createManifest } from '@theriac/game';
import type { Manifest, ResultCard } from '@theriac/game';
import type { CellState } from '../tables/cell-state';
import { parseCell } from '../tables/cell-file';
import type { CellFile } from '../tables/cell-file';
import { measuredCell } from '../tables/measured-cell';
import type { MeasuredCell } from '../tables/measured-cell';
import { parseTable } from '../tables/table-file';
import type { Table } from '../tables/table-folder';

const backend = { name: 'tensorflow', device: 'cpu', version: '2', threads: 2, compiles: true };

export const fakeManifest: Manifest = createManifest({
  release: '0.1.0',
  game: { dataset: 'mnist', trainLimit: 0, validationCount: 0, model: 'lr', scaling: 'symmetric' },
  dataDigest: null,
  attack: { id: 'tgda', options: {} },
  poisonFraction: 0.03,
  constraint: { kind: 'box', radius: 0, fixedLabels: false },
  defence: 'none',
  attackerProtocol: 'p-tgda',
  protocols: ['p-tgda'],
  attackSeed: 0,
  seeds: [1, 2],
  keepEpochs: 10,
  backends: { trainer: backend, attacker: backend, evaluator: backend },
});

/** A cell of MNIST by row, column and what else its file says, the same in all profiles. */
export function fakeCell(row: string, column: string, ...lines: readonly string[]): CellFile {
  const text = [
    `row: ${row}`,
    `column: ${column}`,
    'dataset: mnist',
    `model: ${{ lr: 'lr', nn: 'nn-tgda', cnn: 'cnn-tgda' }[row] ?? row}`,
    ...lines,
    'profiles:',
    '  quick: { train-limit: 5000, protocols: [p-tgda@20], seeds: 2 }',
    '  standard: {}',
    '  paper: {}',
  ];
  return parseCell(text.join('\n'), `${row}-${column}`, `cells/${row}-${column}.yaml`);
}

export function fakeTable(cells: readonly CellFile[], ...lines: readonly string[]): Table {
  const text = ['title: Some comparisons', 'page: 8', 'reports: accuracy', ...lines];
  return { ...parseTable(text.join('\n'), 'comparisons', 'table.yaml'), folder: 'nowhere', cells };
}

/** A game's measurement with these accuracies, seed by seed. */
export function fakeGame(
  { id }: CellFile,
  clean: readonly (number | null)[],
  poisoned: readonly (number | null)[],
  changes: Partial<ResultCard> = {},
): MeasuredCell {
  const figures = compare(clean, poisoned);
  const card: ResultCard = {
    id,
    manifestDigest: '',
    dataset: 'mnist',
    model: 'lr',
    attack: 'tgda',
    options: {},
    defence: 'none',
    poisonFraction: 0.03,
    poisonCount: 1800,
    constraint: { kind: 'box', fixedLabels: false, violations: [] },
    target: null,
    residual: null,
    rowNorms: null,
    protocols: [
      {
        name: 'p-tgda',
        seeds: clean.map((_, index) => index + 1),
        ...figures,
        last: figures,
        best: figures,
        epochs: 10,
        gradientNorm: { mean: 0.12, max: 0.2 },
        cleanGradientNorm: { mean: 0.1, max: 0.1 },
        seconds: 12,
      },
    ],
    reported: null,
    seconds: { craft: 61, total: 100 },
    seeds: [1, 2],
    backend: 'tensorflow',
    backends: {},
    machine: { cpu: 'a processor', cores: 2 },
    flags: [],
    ...changes,
  };
  return measuredCell(id, 'quick', 'ab', fakeManifest, { kind: 'game', card });
}

export function fakeState(cell: CellFile, measured?: MeasuredCell, changes: Partial<CellState> = {}): CellState {
  return {
    cell,
    prepared: undefined,
    measured,
    from: measured === undefined ? undefined : 'runs',
    probed: undefined,
    reason: undefined,
    failed: false,
    ...changes,
  };
}
