/**
 * The influence attack (Koh, Steinhardt, Liang, Machine Learning 2022): two rows, one of each class, many times over, climb the loss of a
 * defender that is trained anew after every step,
 *   x_c <- Proj(x_c + rate r_c dL/dx_c / ||dL/dx_c||),   dL/dx_c = -(n_c/N) d/dx <g(x_c, c; theta), H^-1 grad L(theta)>
 * within the sphere (radius r_c) and slab of clean rows, from clean rows under the other label. Classes share the poison inversely to their
 * sizes. The rows kept are those that leave the best of several defenders the least accuracy. Logistic, normalised steps: our reading.
 */
import type { CraftGame, LocalAttack, OptionValues } from '@theriac/game';
import { nearestIn, numberOption } from '@theriac/game';
import { norm } from '@theriac/tensors';
import { fitOnMixture, poisonOfAtoms, twoAtoms } from './linear/atoms';
import type { Atoms } from './linear/atoms';
import { balance, binaryGame, signs } from './linear/binary-game';
import type { BinaryGame } from './linear/binary-game';
import { defended } from './linear/defended';
import { influenceSlopes } from './linear/influence-slope';
import { binaryOptions, binarySettingsOf } from './linear/options';

export const influence: LocalAttack = {
  id: 'influence',
  summary: 'Climbs the loss of an exactly trained defender with two rows like clean ones (two classes, LR).',
  source: 'Koh, Steinhardt, Liang (Machine Learning 2022), for the hinge; logistic loss: our reading',
  needs: [],
  options: [
    {
      name: 'iterations',
      type: 'integer',
      description: 'steps on both rows, each after a new minimum of the defender',
      unit: 'steps',
      minimum: 1,
      maximum: 100_000,
      default: 60,
    },
    {
      name: 'rate',
      type: 'number',
      description: "length of a step, against the radius of the class's sphere",
      minimum: 0,
      maximum: 1,
      default: 0.1,
    },
    {
      name: 'check',
      type: 'integer',
      description: 'the rows are judged every so many steps, and after the last',
      unit: 'steps',
      minimum: 1,
      maximum: 10_000,
      default: 5,
    },
    ...binaryOptions,
  ],

  start(game, options) {
    const binary = binaryGame(game, binarySettingsOf(options), 'influence');
    const x = startingRows(game, binary);
    return {
      step: 0,
      of: numberOption(options, 'iterations'),
      done: false,
      scalars: { accuracy: 2, loss: 0, residual: 0 },
      arrays: { x, best: x, theta: binary.thetaClean },
    };
  },

  step(state, game, options) {
    const binary = binaryGame(game, binarySettingsOf(options), 'influence');
    const atoms = atomsOf(state.arrays.x as Float64Array, binary);
    const theta = fitOnMixture(binary, atoms, state.arrays.theta as Float64Array);
    const { slopes, loss, residual } = influenceSlopes(binary, atoms, theta);
    const x = climbed(binary, atoms, slopes, numberOption(options, 'rate'));
    const step = state.step + 1;
    const done = step === state.of;
    const next = {
      step,
      of: state.of,
      done,
      scalars: { ...state.scalars, loss, residual },
      arrays: { ...state.arrays, x, theta },
    };
    if (!done && step % numberOption(options, 'check') !== 0) return next;
    const { accuracy } = defended(binary, atomsOf(x, binary), theta);
    if (accuracy >= (state.scalars.accuracy as number)) return next;
    return { ...next, scalars: { ...next.scalars, accuracy }, arrays: { ...next.arrays, best: x } };
  },

  poison(state, game, options: OptionValues) {
    const binary = binaryGame(game, binarySettingsOf(options), 'influence');
    return poisonOfAtoms(game, binary, atomsOf(state.arrays.best as Float64Array, binary));
  },

  metrics: ({ scalars }) => {
    const { accuracy, loss, residual } = scalars as Readonly<Record<string, number>>;
    return { loss: loss!, solverResidual: residual!, ...(accuracy! <= 1 ? { defendedAccuracy: accuracy! } : {}) };
  },
};

function atomsOf(x: Float64Array, binary: BinaryGame): Atoms {
  const width = x.length / 2;
  return twoAtoms(x.subarray(0, width), x.subarray(width), Math.round(balance(binary) * binary.count), binary.count);
}

/** A random clean row of the other class for each class, as near as its region allows. */
function startingRows({ random }: CraftGame, { rows, regions }: BinaryGame): Float64Array {
  const { features } = rows;
  const x = new Float64Array(2 * features);
  const order = random.fork('start').permutation(rows.count);
  regions.forEach((region, label) => {
    const row = order.find((candidate) => rows.signs[candidate] !== signs[label]) ?? 0;
    const found = nearestIn(region, rows.x.subarray(row * features, (row + 1) * features));
    if (found.kind === 'found') x.set(found.x, label * features);
  });
  return x;
}

/** Both rows after a step of the given share of their sphere's radius. */
function climbed({ regions }: BinaryGame, atoms: Atoms, slopes: readonly Float64Array[], rate: number): Float64Array {
  const { features } = atoms;
  const x = Float64Array.from(atoms.x);
  slopes.forEach((slope, label) => {
    const size = norm(slope);
    if (size === 0) return;
    const length = (rate * regions[label]!.balls[0]!.radius) / size;
    const moved = slope.map((value, j) => x[label * features + j]! + length * value);
    const found = nearestIn(regions[label]!, moved);
    if (found.kind === 'found') x.set(found.x, label * features);
  });
  return x;
}
