import { TheriacError } from '@theriac/tensors';
import type { Reporter } from '../driver/reporter';
import type { CellState } from './cell-state';
import { playTasks, secondsLeft } from './play-table';
import type { CellTask } from './play-table';

const notes: string[] = [];
const steps: string[] = [];
const reporter: Reporter = {
  note: (line) => notes.push(line),
  begin: (label) => steps.push(label),
  progress: () => {},
  end: () => {},
};
const settled = new Map<string, Partial<CellState>>();
beforeEach(() => {
  notes.length = 0;
  steps.length = 0;
  settled.clear();
});

const task = (id: string, failure?: Error): CellTask => ({
  id,
  expectedSeconds: 30,
  play: async (inner) => {
    inner.begin('train', 1, 2);
    if (failure !== undefined) throw failure;
    return { from: 'played' };
  },
});
const stops = { ends: (error: unknown) => error instanceof RangeError, gone: () => false };
const play = (tasks: CellTask[], changes: Partial<typeof stops> = {}) =>
  playTasks(tasks, reporter, (id, outcome) => settled.set(id, outcome), { ...stops, ...changes });

it('goes on where a cell fails, and keeps the reason in one line', async () => {
  const failure = new TheriacError('the trainer ran out of memory', { code: 'RESOURCE_EXHAUSTED' });
  await expect(play([task('a'), task('b', failure), task('c', new Error('odd\n  thing'))])).resolves.toEqual([]);
  expect([...settled]).toEqual([
    ['a', { from: 'played' }],
    ['b', { failed: true, reason: 'the trainer ran out of memory.' }],
    ['c', { failed: true, reason: 'odd thing' }],
  ]);
});

it('says which cell of how many, and how long the rest will take', async () => {
  await play([task('a'), task('b')]);
  expect(notes).toEqual(['cell 1 of 2: a (about 1 min 00 s left)', 'cell 2 of 2: b (about 30.0 s left)']);
  expect(steps).toEqual(['cell 1 of 2: a, train', 'cell 2 of 2: b, train']);
});

it('stops where everything ends', async () => {
  await expect(play([task('a', new RangeError('interrupted')), task('b')])).rejects.toThrow('interrupted');
  expect(settled.size).toBe(0);
});

it('gives back what is left when the services have gone', async () => {
  const gone = () => settled.has('b');
  const left = await play([task('a'), task('b', new Error('died')), task('c'), task('d')], { gone });
  expect(left.map(({ id }) => id)).toEqual(['c', 'd']);
});

it('judges unknown cells by those that were played', () => {
  const unknown = { ...task('x'), expectedSeconds: undefined };
  expect(secondsLeft([unknown, unknown], [])).toBeUndefined();
  expect(secondsLeft([unknown, unknown, task('a')], [10, 20])).toBe(60);
});
