/** An attacker that keeps the contract with one attack, descent on the gradient that is left; for tests of the kit. */
import { AttackerServiceService, FollowerKind } from '@theriac/contract/attacker';
import type { CraftRequest } from '@theriac/contract/attacker';
import { Placement } from '@theriac/contract/game';
import {
  contractVersion,
  poisonCount,
  ratioFraction,
  regressionGradient,
  regressionMixedProduct,
  requirePlaceable,
  residual,
  rowsBetween,
  sha256Hex,
} from '@theriac/game';
import type { Rows } from '@theriac/game';
import { implement, writeBundle } from '@theriac/service-kit';
import type { ImplementedService } from '@theriac/service-kit';
import { TheriacError, invalid, namedFloat32, namedInt32, norm, randomStream } from '@theriac/tensors';
import { backend, boardOf, limits, readVector, slicesOf } from './reference-board';
import type { Board } from './reference-board';

const mostIterations = 1_000_000;
const options = [
  {
    name: 'iterations',
    type: 'integer',
    description: 'steps',
    unit: '',
    minimum: 1,
    maximum: mostIterations,
    choices: [],
    defaultValue: { value: { $case: 'number' as const, value: 10 } },
  },
];

export function referenceAttacker(): ImplementedService {
  // One slice after the other: work that is not stopped holds up what follows.
  let turn: Promise<void> = Promise.resolve();
  return implement(AttackerServiceService, {
    describe: async () => ({
      contract: contractVersion,
      attacks: [{ id: 'descent', summary: '', source: '', options, needs: ['mixed'], placement: Placement.ADDED }],
      constraints: ['none', 'box', 'linf-ball'].map((id) => ({ id, summary: '', source: '' })),
      backend,
      limits,
      followers: [FollowerKind.LOCAL],
    }),
    async *craft(request, context) {
      const { blobs } = context;
      const board = await boardOf(request.game);
      const { clean, classes } = board;
      const w = await readVector(request.cleanParameters, board.size, blobs, 'parameters', 'clean_parameters');
      const count = countOf(request, board);
      const iterations = iterationsOf(request);
      const fit = fitting(request, board);
      const base = Int32Array.from(randomStream(request.seed, 'reference').permutation(clean.count).subarray(0, count));
      const start = rowsAt(board, base);
      // What is aimed at: the clean model, turned round and made small.
      const target = w.map((value) => -0.1 * value);
      const y = Int32Array.from(base, (row) => clean.y[row]!);
      const gMu = regressionGradient(target, clean, classes).gradient;
      const epsilonD = count / clean.count;
      const rowsOf = (x: Float32Array): Rows => ({ x, y, count, features: clean.features });
      const left = (x: Float32Array) =>
        residual(gMu, regressionGradient(target, rowsOf(x), classes).gradient, epsilonD);
      const { game, attack, constraint, seed } = request;
      const before = turn;
      let over = (): void => undefined;
      turn = new Promise((resolve) => (over = resolve));
      await before;
      try {
        yield* slicesOf(
          {
            fingerprint: JSON.stringify({ game, attack, constraint, seed, count, iterations, w: sha256Hex(String(w)) }),
            of: count === 0 ? 0 : iterations,
            start,
            step(x) {
              const slope = regressionMixedProduct(target, left(x).vector, rowsOf(x), classes);
              const length = norm(slope);
              return x.map((value, i) => value - slope[i]! / length);
            },
            async outcome(x) {
              const stored = fit(board.toStored(x), board.toStored(start));
              const rows = [
                namedFloat32('x', [count, clean.features], stored),
                namedInt32('y', [count], y),
                namedInt32('base', [count], base),
              ];
              const vector = namedFloat32('parameters', [target.length], target);
              const some = count > 0;
              return {
                poison: { rows: await writeBundle(rows, blobs), placement: Placement.ADDED },
                poisonCount: count,
                target: some
                  ? { kind: 'reversed', scale: 0.1, parameters: await writeBundle([vector], blobs) }
                  : undefined,
                residual: some ? { before: left(start).norm, after: left(board.rowsOf(stored, y).x).norm } : undefined,
                flags: [],
                seconds: 1,
                metrics: {},
              };
            },
          },
          request,
          context,
        );
      } finally {
        over();
      }
    },
    async *corrupt(request, context) {
      const board = await boardOf(request.game);
      const { clean, classes } = board;
      const { epsilonW, seed, game } = request;
      const w = await readVector(request.cleanParameters, board.size, context.blobs, 'parameters', 'clean_parameters');
      if (!(epsilonW > 0 && epsilonW < Infinity)) throw invalid('epsilon_w', epsilonW, 'above 0');
      if (seed < 0) throw invalid('seed', seed, '0 or more');
      yield* slicesOf(
        {
          fingerprint: JSON.stringify({ game, epsilonW, seed, w: sha256Hex(String(w)) }),
          of: 6,
          start: w,
          step(at) {
            const { gradient } = regressionGradient(at, clean, classes);
            const length = norm(gradient);
            const moved = at.map((value, k) => value + gradient[k]! / length - w[k]!);
            const scale = Math.min(1, epsilonW / norm(moved));
            return moved.map((value, k) => w[k]! + scale * value);
          },
          async outcome(at) {
            const parameters = await writeBundle([namedFloat32('parameters', [at.length], at)], context.blobs);
            return { parameters, distance: norm(at.map((value, k) => value - w[k]!)), seconds: 1 };
          },
        },
        request,
        context,
      );
    },
  });
}

function countOf({ poisonFraction, seed, attack, follower }: CraftRequest, { clean }: Board): number {
  const amount = poisonFraction?.amount;
  if (amount === undefined) throw invalid('poison_fraction', undefined, 'a ratio');
  if (seed < 0) throw invalid('seed', seed, '0 or more');
  if (attack !== 'descent') throw invalid('attack', attack, 'descent');
  if (follower === FollowerKind.REMOTE)
    throw new TheriacError('no trainer', { code: 'FAILED_PRECONDITION', field: 'follower' });
  if (follower !== FollowerKind.LOCAL) throw invalid('follower', follower, 'local');
  const fraction = amount.$case === 'ratio' ? ratioFraction(amount.value) : ({ kind: 'everything' } as const);
  requirePlaceable(fraction, 'added');
  return poisonCount(fraction, clean.count);
}

function iterationsOf({ options: given }: CraftRequest): number {
  for (const name of Object.keys(given))
    if (name !== 'iterations') throw invalid(`options.${name}`, name, 'iterations');
  const value = given['iterations']?.value;
  if (value === undefined) return 10;
  if (value.$case !== 'number' || !(value.value >= 1 && value.value <= mostIterations))
    throw invalid('options.iterations', value.value, '1 or more');
  return value.value;
}

/** Brings stored values into the range and near their base rows. */
function fitting(
  { constraint }: CraftRequest,
  { dataset }: Board,
): (x: Float32Array, base: Float32Array) => Float32Array {
  const { kind = 'none', radius = 0 } = constraint ?? {};
  if (!['none', 'box', 'linf-ball'].includes(kind)) throw invalid('constraint.kind', kind, 'none, box, linf-ball');
  if (kind === 'none') return (x) => x;
  const [low, high] = dataset.storedRange ?? [-Infinity, Infinity];
  const reach = kind === 'box' ? Infinity : radius;
  return (x, base) =>
    x.map((value, i) => Math.max(low, Math.min(high, Math.max(base[i]! - reach, Math.min(base[i]! + reach, value)))));
}

function rowsAt({ clean }: Board, base: Int32Array): Float32Array {
  const x = new Float32Array(base.length * clean.features);
  base.forEach((row, j) => x.set(rowsBetween(clean, row, row + 1).x, j * clean.features));
  return x;
}
