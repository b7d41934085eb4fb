/** mu_y = mean of the rows of class y: of chi (empirical), or of the held-out rows that are known to be clean (trusted). */
import type { OptionSpec, RowData, SanitiserGame } from '@theriac/game';
import { TheriacError } from '@theriac/tensors';
import { forEachRow } from './blocks';

export const centroidsOption: OptionSpec = {
  name: 'centroids',
  type: 'string',
  description:
    'Of which rows the class centroids are: empirical (what came, poison included) or trusted (held out, clean).',
  choices: ['empirical', 'trusted'],
  default: 'empirical',
};

/**
 * The centroids of all classes; that of a class without rows is undefined where chi has none of it either. Throws
 * FAILED_PRECONDITION naming `defence` where trusted rows are asked for and there are none.
 */
export async function centroidsFor(game: SanitiserGame, of: string): Promise<(Float64Array | undefined)[]> {
  const { rows, trusted, classes } = game;
  const found = await classMeans(game, of === 'trusted' ? trusted : rows, classes);
  const present = new Set(rows.y);
  const missing = found.findIndex((centroid, y) => centroid === undefined && present.has(y));
  if (missing >= 0)
    throw new TheriacError('Trusted centroids need held-out rows of every class.', {
      code: 'FAILED_PRECONDITION',
      field: 'defence',
      found: trusted.count === 0 ? 'no held-out rows' : `${trusted.count} held-out rows, none of class ${missing}`,
      allowed: 'centroids=empirical, or held-out rows of every class',
      remedy: 'Hold rows out with --validation, or take centroids=empirical.',
    });
  return found;
}

/** The mean of each class, [classes][features]; undefined for a class without rows. */
async function classMeans(
  game: Pick<SanitiserGame, 'pause'>,
  rows: RowData,
  classes: number,
): Promise<(Float64Array | undefined)[]> {
  const sums = Array.from({ length: classes }, () => new Float64Array(rows.features));
  const counts = new Float64Array(classes);
  await forEachRow(game, rows, (x, row) => {
    const y = rows.y[row]!;
    const sum = sums[y]!;
    counts[y]! += 1;
    for (let k = 0; k < x.length; k++) sum[k]! += x[k]!;
  });
  return sums.map((sum, y) => (counts[y] === 0 ? undefined : sum.map((value) => value / counts[y]!)));
}
