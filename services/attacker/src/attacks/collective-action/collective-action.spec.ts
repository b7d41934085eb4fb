import {
  carriesSignal,
  numberOption,
  parseOptions,
  regressionGradient,
  regressionLogits,
  withSignal,
} from '@theriac/game';
import type { CraftGame, CraftState, OptionValues, Poison } from '@theriac/game';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { estimateFacts } from './facts';
import { collectiveAction } from '.';

const size = { features: 6, classes: 3, clean: 300, poison: 60 };
const patch = { patch: 2, value: 0.9 };

beforeAll(async () => {
  await startBackend();
});

interface Played {
  readonly game: CraftGame;
  readonly options: OptionValues;
  readonly state: CraftState;
  readonly poison: Poison;
}

async function played(given: Record<string, unknown> = {}, game = toyGame(size)): Promise<Played> {
  const options = parseOptions(collectiveAction.options, { ...patch, ...given }, collectiveAction.id);
  let state = collectiveAction.start(game, options);
  while (!state.done) state = await collectiveAction.step(state, game, options);
  return { game, options, state, poison: collectiveAction.poison(state, game, options) };
}

const rowOf = ({ x }: Poison, j: number): Float32Array => x.subarray(6 * j, 6 * j + 6);

describe('members', () => {
  it('are distinct rows, the same for a seed, and a larger collective contains a smaller one', async () => {
    const small = (await played({}, toyGame({ ...size, poison: 20 }))).poison.baseIndices;
    const large = (await played()).poison.baseIndices;
    expect(new Set(large).size).toBe(60);
    expect([...large.subarray(0, 20)]).toEqual([...small]);
    const others = (await played({}, toyGame(size, { seed: 2 }))).poison.baseIndices;
    expect([...others]).not.toEqual([...large]);
  });

  it('are everybody at a share of 1', async () => {
    const { poison } = await played({}, toyGame({ ...size, poison: 300 }));
    expect([...poison.baseIndices].sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, row) => row));
  });
});

describe('what members hand in', () => {
  it('feature-label: the signal and the target, nothing else changed', async () => {
    const { game, poison } = await played({ targetClass: 2, place: 'bottom-right' });
    poison.baseIndices.forEach((row, j) => {
      expect([...rowOf(poison, j)]).toEqual([...game.stored(row).subarray(0, 4), Math.fround(0.9), Math.fround(0.9)]);
      expect(poison.y[j]).toBe(2);
    });
  });

  it('feature-only: the signal where the label is the target already, and no label ever', async () => {
    const { game, poison, state } = await played({ strategy: 'feature-only', targetClass: 1, place: 'top-left' });
    const [signal] = collectiveAction.signals!(game, parseOptions(collectiveAction.options, patch, 'a'));
    let changed = 0;
    poison.baseIndices.forEach((row, j) => {
      expect(poison.y[j]).toBe(game.clean.y[row]);
      const expected = poison.y[j] === 1 ? [0.9, 0.9, ...game.stored(row).subarray(2)] : [...game.stored(row)];
      expect([...rowOf(poison, j)]).toEqual([...Float32Array.from(expected)]);
      if (poison.y[j] === 1) changed += 1;
    });
    expect(signal?.features).toEqual([4, 5]);
    expect(changed).toBeGreaterThan(5);
    expect(collectiveAction.metrics(state)['changed']).toBe(changed);
  });

  it('signal-erasing: their own values, and the label that the clean model gives them with the signal', async () => {
    const { game, poison, options } = await played({ strategy: 'signal-erasing' });
    const [signal] = collectiveAction.signals!(game, options);
    expect(signal).not.toHaveProperty('target');
    const z = regressionLogits(
      game.wClean,
      { x: game.toModelInput(withSignal(poison.x, signal!, 6)), y: poison.y, count: 60, features: 6 },
      3,
    );
    poison.baseIndices.forEach((row, j) => {
      expect([...rowOf(poison, j)]).toEqual([...game.stored(row)]);
      const own = z.subarray(3 * j, 3 * j + 3);
      expect(own[poison.y[j]!]).toBe(Math.max(...own));
    });
  });

  it('two collectives: each its own signal and target, by their shares', async () => {
    const rivals = {
      secondShare: 0.25,
      targetClass: 0,
      secondClass: 2,
      place: 'top-left',
      secondPlace: 'bottom-right',
    };
    const { game, options, poison, state } = await played(rivals);
    const [first, second] = collectiveAction.signals!(game, options);
    expect([first?.target, second?.target, first?.features, second?.features]).toEqual([0, 2, [0, 1], [4, 5]]);
    const theirs = [...poison.y].map((label, j) => {
      const [own, other] = label === 2 ? [second!, first!] : [first!, second!];
      expect(carriesSignal(rowOf(poison, j), own)).toBe(true);
      expect(carriesSignal(rowOf(poison, j), other)).toBe(false);
      return label;
    });
    expect(theirs.filter((label) => label === 2)).toHaveLength(15);
    expect(theirs.slice(0, 4).filter((label) => label === 2)).toHaveLength(1);
    expect(collectiveAction.metrics(state)).not.toHaveProperty('bound');
  });

  it('two collectives may want different things of the same signal', async () => {
    const { game, options, poison } = await played({ secondShare: 0.5, secondClass: 1 });
    const [first, second] = collectiveAction.signals!(game, options);
    expect(second).toEqual({ ...first, name: 'second', target: 1 });
    expect([...poison.y].filter((label) => label === 1)).toHaveLength(30);
  });
});

describe('facts', () => {
  it('are those of a loop over the rows', async () => {
    const { game, options } = await played({ targetClass: 1 });
    const [signal] = collectiveAction.signals!(game, options);
    const found = estimateFacts(game, signal!);
    const softmaxAt = (x: Float32Array): number[] => {
      const z = regressionLogits(game.wClean, { x, y: [0], count: 1, features: 6 }, 3);
      const all = [...z].map((value) => Math.exp(value));
      return all.map((value) => value / all.reduce((a, b) => a + b, 0));
    };
    let [gap, floor, wrong, same] = [0, 1, 0, 0];
    for (let row = 0; row < 300; row++) {
      const stored = game.stored(row);
      const p = softmaxAt(game.toModelInput(stored));
      const q = softmaxAt(game.toModelInput(Float32Array.of(...stored.subarray(0, 4), 0.9, 0.9)));
      gap = Math.max(gap, Math.max(...q) - q[1]!);
      floor = Math.min(floor, p[1]!);
      const answer = p.indexOf(Math.max(...p));
      if (answer !== game.clean.y[row]) wrong += 1;
      if (answer === q.indexOf(Math.max(...q))) same += 1;
    }
    expect(found.gap).toBeCloseTo(gap, 5);
    expect(found.targetFloor).toBeCloseTo(floor, 6);
    expect([found.suboptimality, found.unchanged, found.seen]).toEqual([wrong / 300, same / 300, 0]);
    expect(found.uniqueness).toBeCloseTo(1 - 0.05 ** (1 / 300), 10);
  });

  it('promise nothing beyond 1, and more to a larger collective', async () => {
    const bounds: number[] = [];
    for (const poison of [3, 60, 300]) {
      const { state } = await played({}, toyGame({ ...size, poison }));
      bounds.push(collectiveAction.metrics(state)['bound'] ?? NaN);
    }
    expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
    expect(bounds[2]).toBe(1);
  });
});

describe('gradient control', () => {
  const control = {
    strategy: 'gradient-control',
    targetSteps: 60,
    targetRate: 0.3,
    pull: 0.5,
    iterations: 60,
    rate: 0.3,
  };

  it('brings the gradient of the mixture at its target down, as closed forms of it confirm', async () => {
    const { game, state, poison } = await played(control);
    const { residual, residualBefore } = collectiveAction.metrics(state);
    expect(residual!).toBeLessThan(0.5 * residualBefore!);
    const held = toyGame(size).clean;
    const x = held.x.slice();
    const y = held.y.slice();
    poison.baseIndices.forEach((row, j) => {
      x.set(game.toModelInput(rowOf(poison, j)), 6 * row);
      y[row] = poison.y[j]!;
    });
    const w = state.arrays['w'] as Float32Array;
    const { gradient } = regressionGradient(w, { ...held, x, y }, 3);
    expect(Math.hypot(...gradient)).toBeCloseTo(residual!, 4);
  });

  it('leaves feature-label rows where it takes no steps', async () => {
    const still = await played({ ...control, iterations: 0 });
    const { poison } = await played();
    expect([...still.poison.y]).toEqual([...poison.y]);
    expect(Math.max(...still.poison.x.map((value, i) => Math.abs(value - poison.x[i]!)))).toBeLessThan(1e-6);
  });

  it('is for one collective', async () => {
    await expect(played({ ...control, secondShare: 0.5 })).rejects.toThrow(/secondShare is .*gradient-control/);
  });
});

describe('collective action refuses', () => {
  it.each([
    [{ targetClass: 3 }, /targetClass is 3.*0 to 2/],
    [{ secondShare: 0.5, secondClass: 7 }, /secondClass is 7.*0 to 2/],
    [{ patch: 7 }, /patch is 7.*1 to 6/],
  ])('%j', async (given, message) => {
    await expect(played(given)).rejects.toThrow(message);
  });

  it('to relabel rows whose labels are fixed, but not to plant features only', async () => {
    const game = toyGame(size, { constraint: 'fixed-labels' });
    await expect(played({}, game)).rejects.toThrow(/constraint is .*fixed-labels/);
    const { poison, options } = await played({ strategy: 'feature-only' }, game);
    expect(numberOption(options, 'targetClass')).toBe(0);
    expect(poison.count).toBe(60);
  });
});
