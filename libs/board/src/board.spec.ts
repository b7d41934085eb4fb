import { Scaling } from '@theriac/contract/game';
import type { GameSpec } from '@theriac/contract/game';
import { heldRows } from '@theriac/game';
import { boardKey, boardShelf, setBoard } from './board';
import { gammaOf } from './gamma';
import { poisonRows, storedRow, storedValues } from './poison-rows';

const game: GameSpec = { dataset: 'gaussians', trainLimit: 0, validationCount: 0, model: 'lr', scaling: 1 };
const digits: GameSpec = { ...game, dataset: 'synthetic-digits', trainLimit: 40 };

describe('the board', () => {
  it('holds the last rows out as validation data', async () => {
    const [whole, parted] = [await setBoard(game), await setBoard({ ...game, validationCount: 70 })];
    expect([whole.clean.count, whole.validation.count]).toEqual([670, 0]);
    expect([parted.clean.count, parted.validation.count]).toEqual([600, 70]);
    const { x } = heldRows(whole.clean);
    expect(heldRows(parted.clean).x).toEqual(x.subarray(0, 600 * 2));
    expect(heldRows(parted.validation).x).toEqual(x.subarray(600 * 2));
    expect([...parted.validation.y]).toEqual([...whole.clean.y.subarray(600)]);
  });

  it('is standardised where no scaling is said', async () => {
    const { clean, scaling } = await setBoard({ ...game, scaling: 0 });
    expect(scaling).toBe('standardised');
    for (const feature of [0, 1]) {
      const values = heldRows(clean).x.filter((_, k) => k % 2 === feature);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      expect(mean).toBeCloseTo(0, 5);
      expect(square).toBeCloseTo(1, 2);
    }
  });

  it.each<[string, GameSpec | undefined, string]>([
    ['nothing', undefined, 'game'],
    ['all rows held out', { ...game, validationCount: 670 }, 'game.validation_count'],
    ['fewer than no rows held out', { ...game, validationCount: -1 }, 'game.validation_count'],
    ['an unknown model', { ...game, model: 'lrr' }, 'game.model'],
    ['an unknown scaling', { ...game, scaling: Scaling.UNRECOGNIZED }, 'game.scaling'],
  ])('is refused for %s', async (_, spec, field) => {
    await expect(setBoard(spec)).rejects.toMatchObject({ detail: { code: 'INVALID_ARGUMENT', field } });
  });
});

describe('the shelf of boards', () => {
  it('gives the same board for the same game, and keeps only those last used', async () => {
    const shelf = boardShelf(undefined, 2);
    const first = await shelf(game);
    expect(await shelf({ ...game })).toBe(first);
    await shelf({ ...game, validationCount: 1 });
    await shelf({ ...game, validationCount: 2 });
    expect(await shelf(game)).not.toBe(first);
  });

  it('has boards on the same data share them', async () => {
    const shelf = boardShelf();
    const first = await shelf(digits);
    expect((await shelf({ ...digits, model: 'nn-gc' })).dataset).toBe(first.dataset);
    expect((await shelf({ ...digits, trainLimit: 30 })).dataset).not.toBe(first.dataset);
  });

  it('does not keep a failure', async () => {
    const shelf = boardShelf();
    await expect(shelf({ ...game, model: 'lrr' })).rejects.toThrow('game.model');
    await expect(shelf({ ...game, model: 'lrr' })).rejects.toThrow('game.model');
  });

  it('tells games apart by everything but the order of what is said', () => {
    const { dataset, ...rest } = game;
    expect(boardKey({ ...rest, dataset })).toBe(boardKey(game));
    for (const change of [{ trainLimit: 9 }, { validationCount: 9 }, { model: 'nn-gc' }, { scaling: 3 }])
      expect(boardKey({ ...game, ...change })).not.toBe(boardKey(game));
  });
});

describe('poison on the board', () => {
  it('goes to model input and back', async () => {
    const board = await setBoard(digits);
    const x = Float32Array.from({ length: 2 * 784 }, (_, k) => (k % 11) / 10);
    const rows = poisonRows(board, { x, y: Int32Array.of(3, 4) });
    storedValues(board, rows.x).forEach((value, k) => expect(value).toBeCloseTo(x[k] as number, 5));
  });

  it('has clean rows beside it exactly as they are stored', async () => {
    const board = await setBoard(digits);
    const stored = board.dataset.train.stored;
    const expected = Float32Array.from(stored.subarray(5 * 784, 6 * 784), (value) => Math.fround(value / 255));
    expect(storedRow(board, 5)).toEqual(expected);
  });

  it.each([
    ['a row that is cut short', new Float32Array(783), Int32Array.of(1), 'poison.x'],
    ['a value that is not finite', new Float32Array(784).fill(Infinity), Int32Array.of(1), 'poison.x'],
    ['a label that is no class', new Float32Array(784), Int32Array.of(10), 'poison.y'],
    ['a negative label', new Float32Array(784), Int32Array.of(-1), 'poison.y'],
  ])('is refused for %s', async (_, x, y, field) => {
    const board = await setBoard(digits);
    expect(() => poisonRows(board, { x, y })).toThrow(field);
  });
});

describe('Gamma of a message', () => {
  it.each([
    [undefined, false, false],
    [{ kind: '', radius: 0, fixedLabels: false }, false, false],
    [{ kind: 'box', radius: 0, fixedLabels: false }, true, false],
    [{ kind: 'linf-ball', radius: 0.1, fixedLabels: true }, true, true],
    [{ kind: 'none', radius: 0, fixedLabels: true }, false, true],
  ])('%j limits pixels: %p, fixes labels: %p', async (spec, pixels, labels) => {
    const gamma = gammaOf(await setBoard(digits), spec);
    expect([gamma.limitsPixels, gamma.fixesLabels]).toEqual([pixels, labels]);
  });

  it('is measured once by class where it is, among the clean rows as the model sees them', async () => {
    const board = await setBoard(game);
    const spec = { kind: 'sphere:quantile=1,feature-range', radius: 0, fixedLabels: false };
    const gamma = gammaOf(board, spec);
    expect(gammaOf(board, { ...spec })).toBe(gamma);
    const { count, features } = board.clean;
    const indices = Int32Array.from({ length: count }, (_, row) => row);
    const x = Float32Array.from(board.dataset.train.stored);
    const clean = { x, y: Int32Array.from(board.clean.y), baseIndices: indices, count, features };
    expect(gamma.violations(clean, { x, y: clean.y })).toEqual([]);
    const far = { ...clean, x: x.map((value) => 2 * value) };
    expect(gamma.violations(far, { x, y: clean.y }).map(({ kind }) => kind)).toEqual(['feature-range', 'sphere']);
  });

  it('is refused where the data have no range', async () => {
    const board = await setBoard(game);
    expect(() => gammaOf(board, { kind: 'box', radius: 0, fixedLabels: false })).toThrow('no stored range');
  });
});
