/**
 * A game whose defender is binary and linear: softmax regression on two classes, which is logistic regression with theta = W_1 - W_0.
 * Class 0 has the sign -1, class 1 the sign +1. The attack reckons with theta = argmin F(chi; theta) + ridge/2 |theta|^2, and poison keeps
 * within the sphere and the slab of its class and within Gamma, all over the units of the model's input.
 */
import type { CraftGame, Preconditioner, Region, SignedRows } from '@theriac/game';
import {
  classBalls,
  classCentres,
  classSlabs,
  distance,
  everywhere,
  fitLogistic,
  heldRows,
  intersection,
  logisticPreconditioner,
  nearestIn,
  signedRows,
} from '@theriac/game';
import { invalid, TheriacError } from '@theriac/tensors';

export interface BinarySettings {
  readonly ridge: number;
  /** Share of the clean rows of a class that keep the sphere and the slab of the attack. */
  readonly quantile: number;
  /** Share of each class that simulated sanitisers remove. */
  readonly share: number;
}

/** Both classes, in order. */
export const signs = [-1, 1] as const;

export interface BinaryGame {
  readonly settings: BinarySettings;
  /** mu. */
  readonly rows: SignedRows;
  /** Rows that the leader's loss is taken over: mu~ where there is one, else mu. Never the test split. */
  readonly judged: SignedRows;
  /** |nu|. */
  readonly count: number;
  readonly thetaClean: Float64Array;
  readonly precondition: Preconditioner;
  readonly centres: readonly Float64Array[];
  /** What a poison row of each class may be. */
  readonly regions: readonly Region[];
  /** The clean row that poison rows of each class are compared with: the one nearest to the class's mean. */
  readonly base: Int32Array;
}

/** The last game of each clean data set: its statistics and its fit are those of all steps. */
const known = new WeakMap<object, { readonly key: string; readonly constraint: object; readonly binary: BinaryGame }>();

/**
 * The game as binary and linear. Throws FAILED_PRECONDITION for another model or more classes, INVALID_ARGUMENT where Gamma leaves a
 * class no row.
 */
export function binaryGame(game: CraftGame, settings: BinarySettings, attack: string): BinaryGame {
  requireBinary(game, attack);
  const key = JSON.stringify([settings, game.count, game.epsilonD, game.validation.count]);
  const last = known.get(game.clean);
  if (last?.key === key && last.constraint === game.constraint) return last.binary;
  const clean = heldRows(game.clean);
  const rows = signedRows(clean);
  const judged = game.validation.count === 0 ? rows : signedRows(heldRows(game.validation));
  const { ridge, quantile } = settings;
  const zero = new Float64Array(rows.features + 1);
  const first = logisticPreconditioner(rows, zero, { ridge });
  const thetaClean = fitLogistic([rows], { ridge, start: zero, precondition: first });
  const centres = classCentres(clean, 2);
  const balls = classBalls(clean, centres, quantile);
  const slabs = classSlabs(clean, centres, quantile);
  const base = Int32Array.from(centres, (centre, label) => nearestRow(rows, label, centre));
  const regions = centres.map((centre, label) => {
    const own: Region = { balls: [balls[label]!], strips: [slabs[label]!] };
    const region = intersection(own, gammaRegion(game, label, base[label]!));
    if (nearestIn(region, centre).kind === 'none') throw emptyRegion(game, label, quantile);
    return region;
  });
  const precondition = logisticPreconditioner(rows, thetaClean, { ridge });
  const binary = { settings, rows, judged, count: game.count, thetaClean, precondition, centres, regions, base };
  known.set(game.clean, { key, constraint: game.constraint, binary });
  return binary;
}

/** What Gamma allows to a row of this class with this base row, over the units of the model's input. */
function gammaRegion({ constraint, stored, toModelInput }: CraftGame, label: number, row: number): Region {
  const region = constraint.region?.(label) ?? everywhere;
  const bounds = constraint.bounds?.(stored(row));
  if (bounds === undefined) return region;
  const [lower, upper] = [bounds.lower, bounds.upper].map((values) => Float64Array.from(toModelInput(values)));
  return intersection(region, { ...everywhere, box: { lower: lower!, upper: upper! } });
}

function nearestRow(rows: SignedRows, label: number, centre: Float64Array): number {
  let [best, least] = [0, Infinity];
  for (let i = 0; i < rows.count; i++) {
    if (rows.signs[i] !== signs[label]) continue;
    const d = distance(centre, rows.x.subarray(i * rows.features, (i + 1) * rows.features));
    if (d < least) [best, least] = [i, d];
  }
  return best;
}

function requireBinary({ model, classes }: CraftGame, attack: string): void {
  if (model.id === 'lr' && classes === 2) return;
  throw new TheriacError('This attack needs a binary linear defender.', {
    code: 'FAILED_PRECONDITION',
    field: 'attack',
    found: `${attack} on model ${model.id} with ${classes} classes`,
    allowed: `${attack} on model lr with two classes`,
    remedy: 'Choose model lr and data of two classes, for example mnist-1-7 or spambase.',
  });
}

function emptyRegion({ constraint }: CraftGame, label: number, quantile: number) {
  return invalid(
    'constraint',
    `${constraint.kind}, which leaves class ${label} no row within the sphere and slab of ${quantile} of its clean rows`,
    'constraints that some row keeps together (this intersection is empty)',
    'Choose a larger radius or quantile.',
  );
}

/** Inverse class balance: the share of class 0 among clean rows, which is class 1's share of the poison. */
export function balance({ rows }: Pick<BinaryGame, 'rows'>): number {
  let zeros = 0;
  for (let i = 0; i < rows.count; i++) zeros += rows.signs[i] === -1 ? 1 : 0;
  return zeros / rows.count;
}
