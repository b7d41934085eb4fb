/**
 * An evaluator that keeps the contract, over the closed forms of softmax regression; for tests of the kit. Its test split is its
 * training rows.
 */
import { EvaluatorServiceService } from '@theriac/contract/evaluator';
import { Placement } from '@theriac/contract/game';
import type { ConstraintSpec, PoisonFraction as WireFraction, Signal as WireSignal } from '@theriac/contract/game';
import type { TensorBundle } from '@theriac/contract/tensor';
import {
  checkSignal,
  combineConstraints,
  contractVersion,
  createConstraint,
  keptRows,
  majorityVote,
  poisonBase,
  poisonCount,
  ratioFraction,
  regressionErrors,
  regressionGradient,
  regressionLogits,
  requirePlaceable,
  residual,
  residualLowerBound,
  rowsBetween,
  transitionThreshold,
  withSignal,
} from '@theriac/game';
import type { Constraint, Rows } from '@theriac/game';
import { implement, readBundle, requireTensor, tensorOf, writeBundle } from '@theriac/service-kit';
import type { BlobStore, ImplementedService } from '@theriac/service-kit';
import { TheriacError, dot, invalid, namedFloat32, namedInt32, norm } from '@theriac/tensors';
import { backend, boardOf, limits, readPoison, readVector } from './reference-board';
import type { Board, Nu } from './reference-board';

export function referenceEvaluator(): ImplementedService {
  return implement(EvaluatorServiceService, {
    describe: async () => ({ contract: contractVersion, datasets: ['synthetic-digits'], backend, limits }),
    async score({ game, parameters, members = 1, signals }, { blobs }) {
      const board = await boardOf(game);
      const models = await readModels(parameters, board, blobs);
      if (members < 1 || models.length % members !== 0) throw invalid('members', members, 'a divisor');
      const asked = signals?.signals ?? [];
      if (asked.length > 16) throw invalid('signals', asked.length, 'at most 16');
      const planted = asked.map((signal, k) => plant(board, signal, k));
      const scores = [];
      for (let from = 0; from < models.length; from += members) {
        const ensemble = models.slice(from, from + members);
        const last = from + members === models.length;
        scores.push(scoreOf(board, ensemble, planted, last));
      }
      return { scores, testCount: board.clean.count };
    },
    async lossGradient({ game, parameters }, { blobs }) {
      const board = await boardOf(game);
      const w = await readVector(parameters, board.size, blobs, 'parameters');
      if (board.validation.count === 0)
        throw new TheriacError('nothing is held out', { code: 'FAILED_PRECONDITION', field: 'game.validation_count' });
      const { loss, gradient } = regressionGradient(w, board.validation, board.classes);
      const values = Float32Array.from(gradient);
      return { loss, gradient: await writeBundle([namedFloat32('gradient', [values.length], values)], blobs) };
    },
    async threshold({ game, parameters }, { blobs }) {
      const board = await boardOf(game);
      const w = await readVector(parameters, board.size, blobs, 'parameters');
      const { clean, classes } = board;
      const { gradient } = regressionGradient(w, clean, classes);
      const found = transitionThreshold(regressionLogits(w, clean, classes), clean.y, classes);
      return { ...found, gradientInnerProduct: dot(w, gradient) };
    },
    async reachability({ game, parameters, poison }, { blobs }) {
      const board = await boardOf(game);
      const w = await readVector(parameters, board.size, blobs, 'parameters');
      const nu = await requirePoison(board, poison, blobs);
      const { clean, classes } = board;
      const mu = nu.placement === 'replaced' ? keptRows(clean, nu.base!) : clean;
      const gMu = regressionGradient(w, mu, classes).gradient.map((value) => (mu.count / clean.count) * value);
      const gNu = regressionGradient(w, nu.rows, classes).gradient;
      const epsilonD = nu.rows.count / clean.count;
      const lowerBound = residualLowerBound(dot(gMu, w), epsilonD, classes, norm(w));
      return { norm: residual(gMu, gNu, epsilonD).norm, cleanNorm: norm(gMu), epsilonD, lowerBound };
    },
    async verifyPoison({ game, poison, constraint, poisonFraction }, { blobs }) {
      const board = await boardOf(game);
      const nu = await readPoison(board, poison && { ...poison, placement: Placement.ADDED }, blobs);
      if (nu === undefined || poison === undefined) throw invalid('poison', undefined, 'poison');
      const replaced = poison.placement === Placement.REPLACED;
      const allowed = allowedBy(poisonFraction, replaced, board);
      const gamma = gammaOf(board, constraint);
      const count = nu.rows.count;
      if (nu.base === undefined && (gamma.kind.includes('ball') || gamma.fixesLabels))
        throw invalid('poison.base', undefined, 'rows');
      const base = nu.base ?? new Int32Array(count);
      const violations = [];
      if (count !== allowed) violations.push({ rule: 'count', rows: Math.abs(count - allowed), worst: 0, message: '' });
      const again = replaced ? base.length - new Set(base).size : 0;
      if (again > 0) violations.push({ rule: 'placement', rows: again, worst: 0, message: '' });
      const { clean } = board;
      const stored = (row: number): Float32Array => board.toStored(rowsBetween(clean, row, row + 1).x);
      const own = { x: nu.x, y: Int32Array.from(nu.rows.y), baseIndices: base, count, features: clean.features };
      const broken = gamma.violations(own, poisonBase(base, stored, clean.y, clean.features));
      violations.push(...broken.map(({ kind, rows, worst }) => ({ rule: kind, rows, worst, message: '' })));
      const [norms, cleanNorms] = [normsOf(nu.rows), normsOf(clean)];
      const rowNorms = { median: middle(norms), max: norms.at(-1) ?? 0, cleanMedian: middle(cleanNorms) };
      return { count, allowedCount: allowed, violations, rowNorms };
    },
  });
}

async function requirePoison(board: Board, poison: Parameters<typeof readPoison>[1], blobs: BlobStore): Promise<Nu> {
  const nu = await readPoison(board, poison, blobs);
  if (nu === undefined) throw invalid('poison', undefined, 'poison rows');
  return nu;
}

async function readModels(
  bundle: TensorBundle | undefined,
  { size }: Board,
  blobs: BlobStore,
): Promise<Float32Array[]> {
  const read = requireTensor(
    await readBundle(bundle, blobs, 'parameters'),
    'parameters',
    { finite: true },
    'parameters',
  );
  const values = read.float32();
  if (read.shape.at(-1) !== size) throw invalid('parameters', read.shape, String(size));
  return Array.from({ length: values.length / size }, (_, k) => values.slice(k * size, (k + 1) * size));
}

interface Planted {
  readonly rows: Rows;
  readonly target: number | undefined;
}

function plant({ clean, classes, toStored, rowsOf }: Board, { target, ...signal }: WireSignal, k: number): Planted {
  checkSignal(target === undefined ? signal : { ...signal, target }, k, { features: clean.features, classes });
  const x = withSignal(toStored(clean.x), signal, clean.features);
  return { rows: rowsOf(x, Int32Array.from(clean.y)), target };
}

function scoreOf(
  { clean, classes }: Board,
  members: readonly Float32Array[],
  planted: readonly Planted[],
  last: boolean,
) {
  const votes = votesOf(members, clean, classes);
  const confusion = new Int32Array(classes * classes);
  votes.forEach(({ winner }, row) => (confusion[clean.y[row]! * classes + winner]! += 1));
  const total = (k: number): number =>
    confusion.subarray(k * classes, (k + 1) * classes).reduce((sum, n) => sum + n, 0);
  const perClass = Array.from({ length: classes }, (_, k) => confusion[k * (classes + 1)]! / Math.max(1, total(k)));
  const right = votes.filter(({ winner }, row) => winner === clean.y[row]).length;
  const losses = members.map((w) => regressionErrors(regressionLogits(w, clean, classes), clean.y, classes).loss);
  const certificates = Int32Array.from(votes, ({ winner, certificate }, row) =>
    winner === clean.y[row] ? certificate : -1,
  );
  return {
    loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
    accuracy: right / clean.count,
    perClass,
    confusion: last ? tensorOf(namedInt32('confusion', [classes, classes], confusion)) : undefined,
    success: planted.map(({ rows, target }) => {
      const hits = votesOf(members, rows, classes).filter(
        ({ winner }, row) => winner === (target ?? votes[row]!.winner),
      );
      return hits.length / rows.count;
    }),
    certificates:
      last && members.length > 1 ? tensorOf(namedInt32('certificates', [clean.count], certificates)) : undefined,
  };
}

function votesOf(members: readonly Float32Array[], rows: Rows, classes: number): ReturnType<typeof majorityVote>[] {
  const logits = members.map((w) => regressionLogits(w, rows, classes));
  return Array.from({ length: rows.count }, (_, row) => {
    const counts = new Int32Array(classes);
    for (const z of logits) counts[topOf(z.subarray(row * classes, (row + 1) * classes))]! += 1;
    return majorityVote(counts);
  });
}

/** The largest, the first of equal ones. */
const topOf = (z: Float64Array): number => z.reduce((best, value, k) => (value > z[best]! ? k : best), 0);

function gammaOf({ dataset: { storedRange } }: Board, spec: ConstraintSpec | undefined): Constraint {
  const { kind, radius, fixedLabels } = spec ?? { kind: 'none', radius: 0, fixedLabels: false };
  const given = { storedRange, ...(radius === 0 ? {} : { radius }) };
  const parts = [kind, ...(fixedLabels ? ['fixed-labels'] : [])];
  return combineConstraints(parts.filter((part) => part !== 'none').map((part) => createConstraint(part, given)));
}

function allowedBy(fraction: WireFraction | undefined, replaced: boolean, { clean }: Board): number {
  const amount = fraction?.amount;
  if (amount === undefined) throw invalid('poison_fraction', undefined, 'a ratio');
  const read = amount.$case === 'ratio' ? ratioFraction(amount.value) : ({ kind: 'everything' } as const);
  requirePlaceable(read, replaced ? 'replaced' : 'added');
  return poisonCount(read, clean.count);
}

function normsOf({ x, count, features }: Rows): number[] {
  const norms = Array.from({ length: count }, (_, j) => norm(x.subarray(j * features, (j + 1) * features)));
  return norms.sort((a, b) => a - b);
}

const middle = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? 0;
