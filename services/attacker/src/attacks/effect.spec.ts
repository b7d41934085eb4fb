/** What the pixel attacks do to a defender that is trained anew on drawn digits, within the box, one poison row on ten. */
import { fromModelInput, loadDataset, toModelInput } from '@theriac/datasets';
import { createConstraint, parseOptions, rowsBetween } from '@theriac/game';
import type { CraftGame, Rows } from '@theriac/game';
import { createModel, createOracles, localFollower } from '@theriac/game/engine';
import { randomStream } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { attacks } from './registry';

const [trained, heldOut, count] = [500, 300, 50];
const retraining = { steps: 200, learningRate: 0.1 };

/** Softmax regression on the first rows; the accuracy is that of the rows after them, which nobody sees. */
async function digits(): Promise<{ game: CraftGame; accuracy: (poison?: Rows) => Promise<number> }> {
  const dataset = await loadDataset('synthetic-digits', { trainLimit: trained + heldOut });
  const { train, features, classes } = dataset;
  const all: Rows = { x: toModelInput(train, dataset, 'standardised'), y: train.labels, count: train.count, features };
  const clean = rowsBetween(all, 0, trained);
  const unseen = rowsBetween(all, trained, trained + heldOut);
  const model = createModel('lr', dataset.shape, classes);
  const oracles = createOracles(model);
  const follower = localFollower(oracles, clean);
  const batch = { from: 0, to: trained };
  const trainedAnew = (nu?: Rows): Promise<Float32Array> =>
    follower.descend(new Float32Array(model.layout.size), { clean: batch, nu }, retraining);
  const stored = (x: Float32Array): Float32Array => fromModelInput(x, dataset, 'standardised');
  const game: CraftGame = {
    clean,
    validation: rowsBetween(clean, 0, 0),
    stored: (row) => stored(clean.x.subarray(row * features, (row + 1) * features)),
    model,
    wClean: await trainedAnew(),
    epsilonD: count / trained,
    count,
    constraint: createConstraint('box', { storedRange: dataset.storedRange }),
    random: randomStream(1, 'attack'),
    oracles,
    follower,
    classes,
    shape: dataset.shape,
    toStored: stored,
    toModelInput: (x) =>
      toModelInput(
        { count: x.length / features, features, stored: x, labels: new Uint8Array(0) },
        dataset,
        'standardised',
      ),
  };
  return {
    game,
    async accuracy(poison) {
      const logits = oracles.logits(await trainedAnew(poison), unseen);
      const right = Array.from(unseen.y).filter((label, i) => {
        const row = logits.subarray(i * classes, (i + 1) * classes);
        return row.indexOf(row.reduce((top, value) => Math.max(top, value))) === label;
      });
      return (100 * right.length) / heldOut;
    },
  };
}

beforeAll(async () => {
  await startBackend();
});

it.each([
  ['min-max', { rounds: 5, batch: 500, candidates: 4 }],
  ['i-min-max', { epochs: 6, batch: 100, leaderSteps: 3 }],
  ['back-gradient', { iterations: 12, unroll: 10, batch: 500 }],
  ['meta-poison', { iterations: 12, surrogates: 2, batches: 3, batch: 500, schedule: 'constant' }],
])('%s costs a defender on digits more than noise', async (id, given) => {
  const { game, accuracy } = await digits();
  const attack = attacks.find((candidate) => candidate.id === id)!;
  const options = parseOptions(attack.options, given, id);
  let state = attack.start(game, options);
  while (!state.done) state = await attack.step(state, game, options);
  const poison = attack.poison(state, game, options);
  const clean = await accuracy();
  const poisoned = await accuracy({ ...poison, x: game.toModelInput(poison.x) });
  expect(clean - poisoned).toBeGreaterThan(4);
});
