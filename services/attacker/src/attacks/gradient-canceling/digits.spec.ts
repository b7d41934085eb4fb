import { loadDataset, fromModelInput, toModelInput } from '@theriac/datasets';
import { createConstraint, parseOptions, regressionGradient, regressionLogits, residual } from '@theriac/game';
import type { CraftGame, Rows } from '@theriac/game';
import { createModel, createOracles, localFollower } from '@theriac/game/engine';
import { randomStream } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { gradientCanceling } from './index';

/** Softmax regression on drawn digits of 28 x 28, ten classes, 3% poison: the shape of the real game, at a twentieth of its size. */
async function digitsGame(): Promise<CraftGame & { readonly clean: Rows }> {
  const dataset = await loadDataset('synthetic-digits', { trainLimit: 3000 });
  const { train, features, classes } = dataset;
  const clean: Rows = {
    x: toModelInput(train, dataset, 'standardised'),
    y: train.labels,
    count: train.count,
    features,
  };
  const model = createModel('lr', dataset.shape, classes);
  const oracles = createOracles(model);
  const wClean = new Float32Array(model.layout.size);
  for (let step = 0; step < 20; step++)
    regressionGradient(wClean, clean, classes).gradient.forEach((slope, i) => (wClean[i]! -= 0.05 * slope));
  const toInput = (stored: Float32Array) =>
    toModelInput(
      { count: stored.length / features, features, stored, labels: new Uint8Array(0) },
      dataset,
      'standardised',
    );
  const toStored = (x: Float32Array) => fromModelInput(x, dataset, 'standardised');
  return {
    clean,
    validation: clean,
    stored: (row) => toStored(clean.x.subarray(row * features, (row + 1) * features)),
    model,
    wClean,
    epsilonD: 0.03,
    count: 0.03 * clean.count,
    constraint: createConstraint('none', { storedRange: dataset.storedRange }),
    random: randomStream(1, 'attack'),
    oracles,
    follower: localFollower(oracles, clean),
    classes,
    shape: dataset.shape,
    toStored,
    toModelInput: toInput,
  };
}

beforeAll(async () => {
  await startBackend();
});

it('the reversed target on digits: reachable, wrong nearly everywhere, and cancelled to rounding', async () => {
  const game = await digitsGame();
  const options = parseOptions(gradientCanceling.options, { target: 'reversed' }, gradientCanceling.id);
  let state = gradientCanceling.start(game, options);
  while (!state.done) state = gradientCanceling.step(state, game, options);
  const poison = gradientCanceling.poison(state, game, options);
  const w = gradientCanceling.aim!(state, game, options).target.parameters;
  const nu = { x: game.toModelInput(poison.x), y: poison.y, count: poison.count, features: poison.features };
  const gMu = regressionGradient(w, game.clean, 10).gradient;
  const after = residual(gMu, regressionGradient(w, nu, 10).gradient, game.epsilonD).norm;
  expect(poison.count).toBe(90);
  expect(after).toBeLessThan(1e-4 * residual(gMu, gMu, 0).norm);
  expect(gradientCanceling.metrics(state).tau).toBeLessThan(0.03);
  const logits = regressionLogits(w, game.clean, 10);
  const right = Array.from(game.clean.y).filter((label, i) => {
    const row = logits.subarray(i * 10, i * 10 + 10);
    return row.indexOf(Math.max(...row)) === label;
  });
  expect(right.length / game.clean.count).toBeLessThan(0.15);
});
