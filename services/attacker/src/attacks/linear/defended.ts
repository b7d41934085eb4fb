/**
 * What a candidate is worth: the best accuracy among defenders that leave out, of each class, the share of rows with the largest
 *   sphere  ||x - mu_y||,   slab  |<mu_1 - mu_0, x - mu_y>|,   loss  -s (<w, x> + b) at theta trained on all of chi,
 * means over chi, poison included, or leave out nothing; then train on what remains (Koh, Steinhardt, Liang, 2022). The attacker's
 * own simulation, on rows that it holds.
 */
import type { SignedRows } from '@theriac/game';
import { accuracyOf, marginsOf } from '@theriac/game';
import type { Atoms } from './atoms';
import { fitOnMixture } from './atoms';
import type { BinaryGame } from './binary-game';
import { signs } from './binary-game';

export interface Defended {
  /** Largest accuracy on the judged rows, over the defences. */
  readonly accuracy: number;
  /** theta without a defence. */
  readonly theta: Float64Array;
}

/** The candidate against all simulated defences; fits start at `start`. */
export function defended(binary: BinaryGame, atoms: Atoms, start: Float64Array): Defended {
  const { rows, judged, settings } = binary;
  const theta = fitOnMixture(binary, atoms, start);
  let accuracy = accuracyOf(theta, judged);
  if (settings.share === 0) return { accuracy, theta };
  const scores = [
    ...distanceScores(binary, atoms),
    [rows, atoms].map((part) => marginsOf(theta, part).map((margin) => -margin)),
  ];
  for (const [ofClean, ofAtoms] of scores) {
    const kept = withoutTop(rows, atoms, ofClean!, ofAtoms!, settings.share);
    const refit = fitOnMixture(binary, { ...atoms, weights: kept.atoms }, theta, kept.clean);
    accuracy = Math.max(accuracy, accuracyOf(refit, judged));
  }
  return { accuracy, theta };
}

/** Scores of clean rows and atoms by sphere, and by slab. */
function distanceScores({ rows, centres }: BinaryGame, atoms: Atoms): Float64Array[][] {
  const { features } = rows;
  const means = centres.map((centre, label) => mixedMean(centre, label, rows, atoms));
  const direction = means[1]!.map((value, j) => value - means[0]![j]!);
  const all = [rows, atoms];
  const [sphere, slab] = [0, 1].map(() => all.map(({ count }) => new Float64Array(count)));
  all.forEach((part, k) => {
    for (let i = 0; i < part.count; i++) {
      const mean = means[part.signs[i] === 1 ? 1 : 0]!;
      let [squares, along] = [0, 0];
      for (let j = 0, at = i * features; j < features; j++) {
        const difference = part.x[at + j]! - mean[j]!;
        squares += difference * difference;
        along += difference * direction[j]!;
      }
      sphere![k]![i] = squares;
      slab![k]![i] = Math.abs(along);
    }
  });
  return [sphere!, slab!];
}

/** The mean of a class over clean rows and atoms. */
function mixedMean(centre: Float64Array, label: number, rows: SignedRows, atoms: Atoms): Float64Array {
  let own = 0;
  for (let i = 0; i < rows.count; i++) own += rows.signs[i] === signs[label] ? 1 : 0;
  const sum = centre.map((value) => value * own);
  let total = own;
  for (let a = 0; a < atoms.count; a++) {
    if (atoms.signs[a] !== signs[label]) continue;
    total += atoms.weights[a]!;
    for (let j = 0; j < sum.length; j++) sum[j]! += atoms.weights[a]! * atoms.x[a * atoms.features + j]!;
  }
  return sum.map((value) => value / total);
}

/** Weights of clean rows and atoms without the top `share` of each class; of an atom, some copies may go. */
export function withoutTop(
  rows: SignedRows,
  atoms: Atoms,
  ofClean: Float64Array,
  ofAtoms: Float64Array,
  share: number,
): { readonly clean: Float64Array; readonly atoms: Float64Array } {
  const clean = new Float64Array(rows.count).fill(1);
  const kept = Float64Array.from(atoms.weights);
  for (const sign of signs) {
    const entries: { score: number; weight: number; drop: (by: number) => void }[] = [];
    for (let i = 0; i < rows.count; i++)
      if (rows.signs[i] === sign) entries.push({ score: ofClean[i]!, weight: 1, drop: () => (clean[i] = 0) });
    for (let a = 0; a < atoms.count; a++)
      if (atoms.signs[a] === sign)
        entries.push({ score: ofAtoms[a]!, weight: kept[a]!, drop: (by) => (kept[a]! -= by) });
    entries.sort((a, b) => b.score - a.score);
    let budget = Math.floor(share * entries.reduce((sum, { weight }) => sum + weight, 0));
    for (const { weight, drop } of entries) {
      if (budget <= 0) break;
      drop(Math.min(weight, budget));
      budget -= weight;
    }
  }
  return { clean, atoms: kept };
}
