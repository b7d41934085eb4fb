/** A small game with real oracles, for the tests of attacks: noisy class centres, a clean model fitted by gradient descent. */
import type { CraftGame, Rows } from '@theriac/game';
import { createConstraint, regressionGradient, rowsBetween } from '@theriac/game';
import { createModel, createOracles, localFollower } from '@theriac/game/engine';
import { randomStream } from '@theriac/tensors';

export interface ToySize {
  readonly features: number;
  readonly classes: number;
  readonly clean: number;
  readonly poison: number;
}

/** Stored values are model-input values times 0.25 plus 0.5, all within [0, 1]. The caller disposes `oracles`. */
export function toyGame(
  { features, classes, clean: count, poison }: ToySize,
  { model: id = 'lr', constraint = 'none', seed = 1 }: { model?: string; constraint?: string; seed?: number } = {},
): CraftGame & { readonly clean: Rows } {
  const random = randomStream(7, 'toy', features, classes);
  const centres = Float32Array.from({ length: classes * features }, () => 0.8 * random.normal());
  const y = Uint8Array.from({ length: count }, () => Math.floor(classes * random.uniform() ** 1.1));
  const x = Float32Array.from({ length: count * features }, (_, i) => {
    const value = centres[y[Math.floor(i / features)]! * features + (i % features)]! + 0.8 * random.normal();
    return Math.max(-2, Math.min(2, value));
  });
  const clean: Rows = { x, y, count, features };
  const model = createModel(id, [features], classes);
  const oracles = createOracles(model);
  const toStored = (values: Float32Array) => values.map((value) => 0.25 * value + 0.5);
  return {
    clean,
    validation: rowsBetween(clean, count - Math.floor(0.3 * count), count),
    stored: (row) => toStored(x.subarray(row * features, (row + 1) * features)),
    model,
    wClean: id === 'lr' ? fitted(clean, classes, model.layout.size) : model.initialise(randomStream(seed, 'model')),
    epsilonD: poison / count,
    count: poison,
    constraint: createConstraint(constraint, { storedRange: [0, 1], radius: 0.1 }),
    random: randomStream(seed, 'attack'),
    oracles,
    follower: localFollower(oracles, clean),
    classes,
    shape: [features],
    toStored,
    toModelInput: (values) => values.map((value) => 4 * (value - 0.5)),
  };
}

function fitted(clean: Rows, classes: number, size: number): Float32Array {
  const w = new Float32Array(size);
  for (let step = 0; step < 100; step++)
    regressionGradient(w, clean, classes).gradient.forEach((slope, i) => (w[i]! -= 0.3 * slope));
  return w;
}
