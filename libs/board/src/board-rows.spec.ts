import { loadDataset } from '@theriac/datasets';
import { gatheredRows, isHeld, rowsBetween } from '@theriac/game';
import { modelRows } from './board-rows';

it('streams the rows that it would hold', async () => {
  const dataset = await loadDataset('synthetic-digits', { trainLimit: 30 });
  const [held, streamed] = [
    modelRows(dataset.train, dataset, 'standardised'),
    modelRows(dataset.train, dataset, 'standardised', 1000),
  ];
  for (const [from, to] of [
    [0, 20],
    [20, 30],
    [0, 30],
  ] as const) {
    const [kept, made] = [held(from, to), streamed(from, to)];
    expect([isHeld(kept), isHeld(made)]).toEqual([true, false]);
    expect([made.count, made.features]).toEqual([kept.count, kept.features]);
    expect(rowsBetween(made, 3, 9)).toEqual(rowsBetween(kept, 3, 9));
    const some = Int32Array.of(9, 0, 4, 9);
    expect(gatheredRows(made, some)).toEqual(gatheredRows(kept, some));
  }
});

it('holds a training set of just the limit', async () => {
  const dataset = await loadDataset('gaussians');
  const bytes = 4 * dataset.train.stored.length;
  expect(isHeld(modelRows(dataset.train, dataset, 'stored', bytes)(0, 5))).toBe(true);
  expect(isHeld(modelRows(dataset.train, dataset, 'stored', bytes - 1)(0, 5))).toBe(false);
});
