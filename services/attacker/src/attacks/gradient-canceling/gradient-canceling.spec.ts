import {
  concatenateRows,
  decodePlainState,
  encodePlainState,
  gatheredRows,
  parseOptions,
  regressionGradient,
  residual,
} from '@theriac/game';
import type { CraftGame as AnyGame, CraftState, RowData, Rows } from '@theriac/game';
import { norm, randomStream } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { toyGame } from '@theriac/testing';
import { gradientCanceling } from './index';

type CraftGame = AnyGame & { readonly clean: Rows };

const size = { features: 12, classes: 4, clean: 600, poison: 60 };

beforeAll(async () => {
  await startBackend();
});

function optionsOf(given: Record<string, unknown>) {
  return parseOptions(gradientCanceling.options, given, gradientCanceling.id);
}

function craft(game: AnyGame, given: Record<string, unknown>, interrupt = (state: CraftState) => state) {
  const options = optionsOf(given);
  let state = gradientCanceling.start(game, options);
  while (!state.done) state = interrupt(gradientCanceling.step(state, game, options));
  const poison = gradientCanceling.poison(state, game, options);
  const aim = gradientCanceling.aim!(state, game, options);
  return { state, poison, aim, metrics: gradientCanceling.metrics(state) };
}

/** ||g(mu; w) + eps_d g(nu; w)|| of the stored poison, from scratch in float64. */
function residualOf(game: CraftGame, { poison, aim }: Pick<ReturnType<typeof craft>, 'poison' | 'aim'>): number {
  const w = aim.target.parameters;
  const nu = { x: game.toModelInput(poison.x), y: poison.y, count: poison.count, features: poison.features };
  const gMu = regressionGradient(w, game.clean, game.classes).gradient;
  return residual(gMu, regressionGradient(w, nu, game.classes).gradient, game.epsilonD).norm;
}

describe('the reversed target in logit space', () => {
  it('is a stationary point of the mixture, to the rounding of float32 rows, with labels kept', () => {
    const game = toyGame(size);
    const found = craft(game, { target: 'reversed' });
    expect(found.aim.residual.before).toBeGreaterThan(0.1);
    expect(residualOf(game, found)).toBeLessThan(1e-5 * found.aim.residual.before);
    expect(found.aim.residual.after).toBeCloseTo(residualOf(game, found), 10);
    expect(Array.from(found.poison.y)).toEqual(Array.from(game.clean.y.subarray(0, 60)));
    expect(found.metrics.tau).toBeLessThanOrEqual(0.9 * game.epsilonD);
    expect(found.metrics.tau).toBeGreaterThan(0.85 * game.epsilonD);
  });

  it('is where a defender ends up that minimises the mixture: F is convex', () => {
    const game = toyGame(size);
    const found = craft(game, { target: 'reversed', tauBudget: 0.5 });
    const w = found.aim.target.parameters;
    const mixture = (at: Float64Array) => {
      const nu = { x: game.toModelInput(found.poison.x), y: found.poison.y, count: 60, features: 12 };
      return regressionGradient(at, game.clean, 4).loss + game.epsilonD * regressionGradient(at, nu, 4).loss;
    };
    const least = mixture(Float64Array.from(w));
    for (const other of [game.wClean, game.wClean.map((value) => -value), new Float32Array(w.length)])
      expect(mixture(Float64Array.from(other))).toBeGreaterThan(least);
  });

  it('keeps the free labels at class frequencies', () => {
    const game = toyGame(size);
    const found = craft(game, { target: 'reversed', labels: 'free' });
    const share = (labels: ArrayLike<number>, k: number) =>
      Array.from(labels).filter((label) => label === k).length / labels.length;
    for (let k = 0; k < 4; k++)
      expect(Math.abs(share(found.poison.y, k) - share(game.clean.y, k))).toBeLessThan(1 / 60);
    expect(residualOf(game, found)).toBeLessThan(1e-4);
  });
});

describe('both solvers on the same reachable target', () => {
  it('agree that the residual vanishes; descent gets most of the way there', () => {
    const game = toyGame(size);
    const common = { target: 'reversed', tauBudget: 0.3 };
    const exact = craft(game, { ...common, solver: 'logit-space' });
    const descended = craft(game, { ...common, solver: 'descent', iterations: 1500, learningRate: 0.5 });
    expect(descended.aim.target.parameters).toEqual(exact.aim.target.parameters);
    expect(residualOf(game, exact)).toBeLessThan(1e-6);
    expect(residualOf(game, descended)).toBeLessThan(0.02 * descended.aim.residual.before);
    expect(residualOf(game, descended)).toBeCloseTo(descended.aim.residual.after, 5);
  });
});

describe('the gradpc target', () => {
  it('lies epsilonW from w_c, and beyond reach no poison beats the lower bound', () => {
    const game = toyGame(size);
    const found = craft(game, { target: 'gradpc', epsilonW: 3, learningRate: 2, iterations: 200 });
    const w = found.aim.target.parameters;
    expect(norm(Float64Array.from(w, (value, i) => value - game.wClean[i]!))).toBeCloseTo(3, 5);
    expect(found.metrics.tau).toBeGreaterThan(game.epsilonD);
    expect(found.metrics.lowerBound).toBeGreaterThan(0);
    expect(residualOf(game, found)).toBeGreaterThanOrEqual(found.metrics.lowerBound!);
    expect(found.aim.residual.after).toBeLessThan(found.aim.residual.before);
  });

  it('scaled keeps every prediction and comes within the budget', () => {
    const game = toyGame(size);
    const raw = craft(game, { target: 'gradpc', epsilonW: 3, iterations: 1 });
    const scaled = craft(game, { target: 'scaled', epsilonW: 3, iterations: 1 });
    const { scale } = scaled.aim.target;
    expect(scale).toBeLessThan(1);
    scaled.aim.target.parameters.forEach((value, i) =>
      expect(value).toBeCloseTo(scale * raw.aim.target.parameters[i]!, 6),
    );
    expect(scaled.metrics.tau).toBeLessThanOrEqual(0.9 * game.epsilonD);
    expect(scaled.metrics.targetAccuracy).toBe(raw.metrics.targetAccuracy);
  });
});

describe('constraints', () => {
  it('leave no pixel outside the box', () => {
    const game = toyGame(size, { constraint: 'box' });
    const found = craft(game, { target: 'reversed', iterations: 30 });
    const base = { x: found.poison.x, y: found.poison.y };
    expect(game.constraint.violations(found.poison, base)).toEqual([]);
    expect(found.aim.residual.after).toBeLessThan(found.aim.residual.before);
    expect(found.aim.residual.after).toBeCloseTo(residualOf(game, found), 8);
  });

  it('keep labels where labels are fixed, even when free ones are asked for', () => {
    const game = toyGame(size, { constraint: 'fixed-labels' });
    const found = craft(game, { target: 'reversed', labels: 'free' });
    expect(Array.from(found.poison.y)).toEqual(Array.from(game.clean.y.subarray(0, 60)));
  });

  it('refuse the logit-space solver with pixel limits, by name', () => {
    const game = toyGame(size, { constraint: 'box' });
    expect(() => craft(game, { solver: 'logit-space' })).toThrow(/solver is .*allowed: auto, descent/);
  });
});

describe('a network', () => {
  it.each(['gradpc', 'reversed'])('has its %s target approached by descent over all layers', (target) => {
    const game = toyGame({ ...size, clean: 200, poison: 40 }, { model: 'nn-gc' });
    const found = craft(game, { target, iterations: 40, learningRate: 0.3 });
    const w = found.aim.target.parameters;
    const gMu = game.oracles.gradient(w, game.clean).gradient;
    const nu = { x: game.toModelInput(found.poison.x), y: found.poison.y, count: 40, features: 12 };
    const { norm: after } = residual(gMu, game.oracles.gradient(w, nu).gradient, game.epsilonD);
    expect(found.aim.residual.after).toBeCloseTo(after, 5);
    expect(after).toBeLessThan(0.8 * found.aim.residual.before);
  });
});

describe('a network without pixel limits', () => {
  const chosen = { ...size, features: 20 };

  /** Accuracy on the clean rows, percent, of a fresh network after 150 gradient steps on the mixture. */
  function retrained(game: CraftGame, nu: Rows | undefined, seed: number): number {
    let w = game.model.initialise(randomStream(seed, 'defender'));
    const chi = nu === undefined ? game.clean : concatenateRows(game.clean, nu);
    for (let step = 0; step < 150; step++) {
      const { gradient } = game.oracles.gradient(w, chi);
      w = w.map((value, i) => value - 0.02 * gradient[i]!);
    }
    const logits = game.oracles.logits(w, game.clean);
    const right = Array.from(game.clean.y).filter((label, i) => {
      const row = logits.subarray(i * 4, i * 4 + 4);
      return row.indexOf(Math.max(...row)) === label;
    });
    return (100 * right.length) / game.clean.count;
  }

  it('has its reversed last layer cancelled from lengthened rows unless told otherwise', () => {
    const game = toyGame(chosen, { model: 'nn-gc' });
    const found = craft(game, {});
    expect(found.aim.target.kind).toBe('reversed');
    expect(found.metrics.tau).toBeLessThanOrEqual(0.03 * game.epsilonD);
    expect(Array.from(found.poison.y)).toEqual(Array.from(game.clean.y.subarray(0, 60)));
    const w = found.aim.target.parameters;
    const gMu = game.oracles.gradient(w, game.clean).gradient;
    const nu = { x: game.toModelInput(found.poison.x), y: found.poison.y, count: 60, features: 20 };
    const { norm: after } = residual(gMu, game.oracles.gradient(w, nu).gradient, game.epsilonD);
    expect(after).toBeCloseTo(found.aim.residual.after, 4);
    expect(after).toBeLessThan(0.05 * norm(gMu));
  });

  it('is mistaught by it from any start, and by published rows is not', () => {
    const game = toyGame(chosen, { model: 'nn-gc' });
    const rowsOf = (given: Record<string, unknown>): Rows => {
      const { poison } = craft(game, given);
      return { x: game.toModelInput(poison.x), y: poison.y, count: 60, features: 20 };
    };
    const lengthened = rowsOf({});
    const published = rowsOf({ target: 'gradpc', iterations: 20, learningRate: 0.3 });
    for (const seed of [1, 2]) {
      const clean = retrained(game, undefined, seed);
      expect(clean).toBeGreaterThan(80);
      expect(clean - retrained(game, published, seed)).toBeLessThan(10);
      expect(clean - retrained(game, lengthened, seed)).toBeGreaterThan(15);
    }
  });

  it.each([
    ['lengthened rows', { start: 'lengthened' }, /start is .*allowed: auto, base/],
    ['conjugate gradients', { solver: 'conjugate' }, /solver is .*allowed: auto, descent/],
  ])('refuses %s where pixels are limited, by name', (_, given, message) => {
    expect(() => craft(toyGame(size, { model: 'nn-gc', constraint: 'box' }), given)).toThrow(message);
  });
});

describe.each([
  ['logit space', { target: 'reversed' }],
  ['descent', { target: 'gradpc', iterations: 15 }],
  ['conjugate gradients', { target: 'reversed', solver: 'conjugate', start: 'lengthened', iterations: 6 }],
])('%s', (_, given) => {
  it('gives the same bytes for the same seed', () => {
    const [one, two] = [craft(toyGame(size), given), craft(toyGame(size), given)];
    expect(one.poison).toEqual(two.poison);
    expect(one.metrics).toEqual(two.metrics);
  });

  it('goes on from an encoded checkpoint of any step to the same bytes', () => {
    const throughBytes = (state: CraftState) => decodePlainState(encodePlainState(state, 'x'), 'x');
    expect(craft(toyGame(size), given, throughBytes).poison).toEqual(craft(toyGame(size), given).poison);
  });

  it('never passes the announced number of steps', () => {
    craft(toyGame(size), given, (state) => {
      expect(state.step).toBeLessThanOrEqual(state.of);
      return state;
    });
  });
});

it.each([
  ['lr', 'reversed'],
  ['lr', 'scaled'],
  ['nn-gc', 'reversed'],
])('makes the same poison for %s, %s, whether the clean rows are held or streamed', (model, target) => {
  const given = { target, epsilonW: 1, iterations: 5 };
  const game = toyGame(size, { model });
  const { y, count, features } = game.clean;
  const streamed: RowData = {
    y,
    count,
    features,
    gather: (indices) => gatheredRows(game.clean, indices).x,
    block: (from, to) => game.clean.x.slice(from * features, to * features),
  };
  expect(craft({ ...game, clean: streamed }, given).poison).toEqual(craft(game, given).poison);
});

it('gives other bytes for another seed', () => {
  const given = { target: 'reversed' };
  expect(craft(toyGame(size, { seed: 2 }), given).poison).not.toEqual(craft(toyGame(size), given).poison);
});
