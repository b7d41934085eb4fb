/** VerifyPoison against rows that keep the rules and rows of which it is known by how much they break them. */
import { Placement } from '@theriac/contract/game';
import type { ConstraintSpec, PoisonFraction } from '@theriac/contract/game';
import type { VerifyPoisonResponse } from '@theriac/contract/evaluator';
import type { Rows } from '@theriac/game';
import { callUnary } from '@theriac/service-kit';
import { dot, namedFloat32, namedInt32 } from '@theriac/tensors';
import { demand, NotOffered, present } from '../check';
import type { Check } from '../check';
import { nearNumber, worst } from '../closeness';
import { epsilonD } from '../known-game';
import type { KnownPoison } from '../known-game';
import { bundle, poisonMessage } from '../messages';
import { allRefused } from '../refusals';
import type { EvaluatorSubject } from '../subject';

const none: ConstraintSpec = { kind: 'none', radius: 0, fixedLabels: false };
const usual: PoisonFraction = { amount: { $case: 'ratio', value: epsilonD } };
const radius = 0.25;
const ball: ConstraintSpec = { kind: 'linf-ball', radius, fixedLabels: false };

export const verificationChecks: readonly Check<EvaluatorSubject>[] = [
  {
    id: 'verify.allowed',
    promise: 'poison that keeps the rules has no violations; counts and norms of rows are right',
    async run(s) {
      const { game } = s;
      const m = game.poison.y.length;
      const { count, allowedCount, violations, rowNorms } = await verify(s, within(s), { ...ball, fixedLabels: true });
      demand(
        violations.length === 0,
        `it finds ${violations.map(({ rule, message }) => `${rule}: ${message}`).join('; ')}`,
      );
      demand(count === m && allowedCount === m, `it counts ${count} of ${allowedCount} rows, not ${m} of ${m}`);
      const norms = present(rowNorms, 'row_norms');
      const own = normsOf(game.rowsOf(within(s)));
      const clean = normsOf(game.clean);
      return worst(
        nearNumber('the median norm', norms.median, middle(own)),
        nearNumber('the largest norm', norms.max, own.at(-1)!),
        nearNumber('the median norm of clean rows', norms.cleanMedian, middle(clean)),
      );
    },
  },
  {
    id: 'verify.count',
    promise: 'too few rows and too many are violations',
    async run(s) {
      const m = s.game.poison.y.length;
      for (const count of [m - 2, m + 2]) {
        const { violations, ...found } = await verify(s, rowsOf(s, count), none);
        demand(
          found.count === count && found.allowedCount === m,
          `it counts ${found.count} of ${found.allowedCount} rows`,
        );
        demand(violations.length === 1 && violations[0]!.rows === 2, `${count} rows for ${m}: ${told(violations)}`);
      }
      const { allowedCount } = await verify(s, rowsOf(s, 1), none, { amount: { $case: 'ratio', value: 0.0999 } });
      demand(allowedCount === Math.floor(0.0999 * s.game.clean.count), `0.0999 allows ${allowedCount} rows`);
      return '2 fewer, 2 more';
    },
  },
  {
    id: 'verify.box',
    promise: "values outside the data set's range are violations: how many rows, by how much",
    async run(s) {
      const range = s.game.dataset.storedRange;
      if (range === null) throw new NotOffered(`${s.game.spec.dataset} has no range`);
      const { features, poison } = s.game;
      const x = poison.x.slice();
      x[2 * features + 1] = range[1] + 0.5;
      x[2 * features + 2] = range[1] + 0.125;
      x[5 * features] = range[0] - 0.25;
      return broken(s, { ...poison, x }, { ...none, kind: 'box' }, 2, 0.5);
    },
  },
  {
    id: 'verify.ball',
    promise: 'rows farther from their base rows than the radius are violations: how many, by how much',
    async run(s) {
      const kept = within(s);
      const { features, clean } = s.game;
      const x = kept.x.slice();
      // Towards the middle of the range, so that only the ball is left.
      const base = s.game.toStored(clean.x.slice(kept.base[3]! * features, kept.base[3]! * features + 1))[0]!;
      x[3 * features] = base < 0.5 ? base + 2 * radius : base - 2 * radius;
      return broken(s, { ...kept, x }, ball, 1, radius);
    },
  },
  {
    id: 'verify.labels',
    promise: 'labels that are not those of the base rows are violations where they are fixed',
    async run(s) {
      const y = within(s).y.slice();
      for (const row of [1, 4, 6]) y[row] = (y[row]! + 1) % s.game.classes;
      return broken(s, { ...within(s), y }, { ...none, fixedLabels: true }, 3);
    },
  },
  {
    id: 'verify.placement',
    promise: 'a training row that is replaced twice is a violation',
    async run(s) {
      const base = within(s).base.slice();
      base[1] = base[0]!;
      return broken(s, { ...within(s), base, placement: Placement.REPLACED }, none, 1);
    },
  },
  {
    id: 'verify.refusals',
    promise: 'what cannot be checked is refused, naming the field',
    async run(s) {
      const { game } = s;
      const { x, y } = game.poison;
      const wrongLabel = y.slice();
      wrongLabel[0] = game.classes;
      const rows = [namedFloat32('x', [y.length, game.features], x), namedInt32('y', [y.length], y)];
      const noBase = async (): Promise<unknown> => {
        const poison = { rows: await bundle(s, ...rows), placement: Placement.ADDED };
        return callUnary(
          s.client,
          'verifyPoison',
          { game: game.spec, poison, constraint: ball, poisonFraction: usual },
          s.settings,
        );
      };
      const of = (constraint: ConstraintSpec, fraction?: PoisonFraction) => () =>
        verify(s, game.poison, constraint, fraction);
      const status = 'INVALID_ARGUMENT';
      return allRefused([
        { what: 'an unknown constraint', call: of({ ...none, kind: 'no-such-set' }), status },
        { what: 'a ball without a radius', call: of({ ...ball, radius: 0 }), status },
        { what: 'a negative fraction', call: of(none, { amount: { $case: 'ratio', value: -0.1 } }), status },
        { what: 'no fraction', call: of(none, { amount: undefined }), status, field: 'poison_fraction' },
        {
          what: 'all of the data, added',
          call: of(none, { amount: { $case: 'everything', value: true } }),
          status: 'FAILED_PRECONDITION',
          field: 'poison_fraction',
        },
        {
          what: 'a label that is no class',
          call: () => verify(s, { ...game.poison, y: wrongLabel }, none),
          status,
          field: 'y',
        },
        { what: 'a ball around rows that are not named', call: noBase, status, field: 'base' },
      ]);
    },
  },
];

async function verify(
  s: EvaluatorSubject,
  rows: KnownPoison,
  constraint: ConstraintSpec,
  poisonFraction: PoisonFraction = usual,
): Promise<VerifyPoisonResponse> {
  const poison = await poisonMessage(s, rows);
  return callUnary(s.client, 'verifyPoison', { game: s.game.spec, poison, constraint, poisonFraction }, s.settings);
}

/** Demands one violation, of so many rows, and by so much. */
async function broken(
  s: EvaluatorSubject,
  rows: KnownPoison,
  constraint: ConstraintSpec,
  count: number,
  excess?: number,
): Promise<string> {
  const { violations } = await verify(s, rows, constraint);
  demand(violations.length === 1 && violations[0]!.rows === count, `${count} rows break one rule: ${told(violations)}`);
  const { rule, worst: found } = violations[0]!;
  if (excess !== undefined) nearNumber(`${rule}: the largest excess`, found, excess);
  return `${rule}: ${count} rows${excess === undefined ? '' : `, by ${found.toPrecision(4)}`}`;
}

const told = (violations: VerifyPoisonResponse['violations']): string =>
  violations.length === 0
    ? 'it finds none'
    : `it finds ${violations.map(({ rule, rows }) => `${rule} in ${rows} rows`).join(', ')}`;

/** The game's poison, each value brought to within half the radius of its base row, with the labels of the base rows. */
function within({ game }: EvaluatorSubject): KnownPoison {
  const { features, clean, poison } = game;
  const x = poison.x.slice();
  const y = poison.base.map((row) => clean.y[row]!);
  poison.base.forEach((row, j) => {
    const base = game.toStored(clean.x.slice(row * features, (row + 1) * features));
    base.forEach((value, k) => {
      const at = j * features + k;
      x[at] = Math.max(value - radius / 2, Math.min(value + radius / 2, x[at]!));
    });
  });
  return { ...poison, x, y };
}

/** The first `count` rows of the poison, over and over. */
function rowsOf({ game }: EvaluatorSubject, count: number): KnownPoison {
  const { features, poison } = game;
  const at = Array.from({ length: count }, (_, j) => j % poison.y.length);
  return {
    x: Float32Array.from(
      { length: count * features },
      (_, i) => poison.x[at[Math.floor(i / features)]! * features + (i % features)]!,
    ),
    y: Int32Array.from(at, (j) => poison.y[j]!),
    base: Int32Array.from(at, (j) => poison.base[j]!),
    placement: poison.placement,
  };
}

function normsOf({ x, count, features }: Rows): number[] {
  const norms = Array.from({ length: count }, (_, j) => {
    const row = x.subarray(j * features, (j + 1) * features);
    return Math.sqrt(dot(row, row));
  });
  return norms.sort((a, b) => a - b);
}

const middle = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)]!;
