/** What a collective achieves on digits: defenders trained on what was handed in, judged on rows that nobody has seen. */
import { fromModelInput, loadDataset, toModelInput } from '@theriac/datasets';
import { createConstraint, parseOptions, replacedRows, rowsBetween, withSignal } from '@theriac/game';
import type { CraftGame, Rows } from '@theriac/game';
import { createModel, createOracles, localFollower } from '@theriac/game/engine';
import { randomStream } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import { largest } from './strategies';
import { collectiveAction } from '.';

const [trained, unseen] = [400, 300];
const how = { steps: 60, learningRate: 0.2 };

async function setting() {
  await startBackend({ threads: 1 });
  const dataset = await loadDataset('synthetic-digits', { trainLimit: trained + unseen });
  const { train, features, classes, shape, storedRange } = dataset;
  const all: Rows = { x: toModelInput(train, dataset, 'standardised'), y: train.labels, count: train.count, features };
  const clean = rowsBetween(all, 0, trained);
  const model = createModel('lr', shape, classes);
  const oracles = createOracles(model);
  const batch = { clean: { from: 0, to: trained }, nu: undefined };
  const learn = async (rows: Rows): Promise<Float32Array> => {
    const follower = localFollower(oracles, rows);
    const w = await follower.descend(new Float32Array(model.layout.size), batch, how);
    follower.dispose();
    return w;
  };
  const toInput = (stored: Float32Array): Float32Array =>
    toModelInput(
      { count: stored.length / features, features, stored, labels: new Uint8Array(0) },
      dataset,
      'standardised',
    );
  const toStored = (x: Float32Array): Float32Array => fromModelInput(x, dataset, 'standardised');
  const wClean = await learn(clean);
  // These strategies ask the follower nothing.
  const idle = localFollower(oracles, clean);
  const gameOf = (alpha: number): CraftGame => ({
    clean,
    validation: rowsBetween(all, 0, 0),
    stored: (row) => toStored(clean.x.subarray(row * features, (row + 1) * features)),
    model,
    wClean,
    epsilonD: alpha,
    count: Math.floor(alpha * trained + 1e-9),
    constraint: createConstraint('box', { storedRange }),
    random: randomStream(1, 'attack'),
    oracles,
    follower: idle,
    classes,
    shape,
    toStored,
    toModelInput: toInput,
  });

  /** Success of each signal among unseen rows, percent. */
  return async (alpha: number, given: Record<string, unknown>): Promise<number[]> => {
    const game = gameOf(alpha);
    const options = parseOptions(collectiveAction.options, given, collectiveAction.id);
    const state = collectiveAction.start(game, options);
    const poison = collectiveAction.poison(state, game, options);
    const nu: Rows = { x: toInput(poison.x), y: poison.y, count: poison.count, features };
    const w = await learn(replacedRows(clean, nu, poison.baseIndices) as Rows);
    const test = rowsBetween(all, trained, trained + unseen);
    return collectiveAction.signals!(game, options).map((signal) => {
      const planted = { ...test, x: toInput(withSignal(toStored(test.x), signal, features)) };
      const answers = largest(oracles.logits(w, planted), classes);
      return (100 * answers.filter((answer) => answer === signal.target).length) / unseen;
    });
  };
}

it('plants a signal with few members, more surely with more, and two rivals for one signal halve it', async () => {
  const success = await setting();
  const sizes = [0, 0.01, 0.05];
  const curve: number[] = [];
  for (const alpha of sizes) curve.push((await success(alpha, { patch: 6, targetClass: 3 }))[0]!);
  expect(curve).toEqual([...curve].sort((a, b) => a - b));
  expect(curve[0]).toBeLessThan(20);
  expect(curve[2]).toBeGreaterThan(95);
  const [first, second] = await success(0.05, { patch: 6, targetClass: 3, secondShare: 0.5, secondClass: 8 });
  expect(first! + second!).toBeGreaterThan(90);
  expect(Math.max(first!, second!)).toBeLessThan(85);
}, 60_000);
