/** The result card: what a game measured, with what was reported beside it. Accuracies and drops in percentage points. */
import type { OptionValues } from './attack';
import { requireFinite } from './canonical-json';

/** One value per seed; null where that defender diverged. `sd` is the sample deviation, null below two values. */
export interface Spread {
  readonly mean: number | null;
  readonly sd: number | null;
  readonly values: readonly (number | null)[];
}

/** Clean and poisoned accuracy and their difference, seed by seed under the same protocol. */
export interface Comparison {
  readonly clean: Spread;
  readonly poisoned: Spread;
  readonly drop: Spread;
}

/** What a defence left out of the rows of training, seed by seed, held against the true poison. Shares in percent. */
export interface RemovalCard {
  /** Rows left out of mu in clean training, and of chi. */
  readonly clean: Spread;
  readonly rows: Spread;
  /** Of the rows left out of chi, the share that is poison; null where none was. */
  readonly precision: Spread;
  /** Of the poison, the share that was left out. */
  readonly recall: Spread;
}

/** Differential privacy of a training, of neighbours that differ by one row. */
export interface PrivacyCard {
  /** null: without noise nothing is private. */
  readonly epsilon: number | null;
  readonly delta: number;
  /** Deviation of the noise, in units of `clip`. */
  readonly noise: number;
  /** Longest gradient of a row. */
  readonly clip: number;
  /** Probability that a row joins a step. */
  readonly rate: number;
  readonly steps: number;
}

/** What the vote of an ensemble is certified for. Percent of the test rows, seed by seed. */
export interface VoteCard {
  readonly members: number;
  /** Right, and the same whichever one row is inserted or deleted: after clean training, and after training on chi. */
  readonly clean: Spread;
  readonly poisoned: Spread;
  /**
   * What clean training certifies against as many rows as the poison has: accuracy after poisoning is no lower. Missing without
   * poison, and where a sanitiser left rows out.
   */
  readonly floor?: Spread;
}

/** `clean`, `poisoned`, `drop`: mean over the last ten epochs; `last` and `best`: the last epoch, the best one. */
export interface ProtocolCard extends Comparison {
  readonly name: string;
  /** The seeds it was trained with, in the order of all `values`. */
  readonly seeds: readonly number[];
  readonly last: Comparison;
  readonly best: Comparison;
  /** Epochs behind each mean: 10, or 1 for a protocol without epochs. */
  readonly epochs: number;
  /** ||g(chi; w)|| at the end of poisoned training (of clean training where there is no poison). */
  readonly gradientNorm: { readonly mean: number | null; readonly max: number | null };
  readonly cleanGradientNorm: { readonly mean: number | null; readonly max: number | null };
  /** Accuracy on the rows it was trained on, of the last parameters: clean training on mu, poisoned training on chi. */
  readonly training?: { readonly clean: Spread; readonly poisoned: Spread };
  /** ||w_poisoned - w_clean|| of each seed, both from the same initialisation; missing where there is no poison. */
  readonly distance?: Spread;
  /** Missing where there is no defence. */
  readonly removed?: RemovalCard;
  /** Of the training on chi (of clean training where there is no poison); missing where it is not private. */
  readonly privacy?: PrivacyCard;
  /** Missing where there is no ensemble. */
  readonly vote?: VoteCard;
  /** What became of the attack's signals, in their order, percent; missing where it has none. */
  readonly signals?: readonly SuccessCard[];
  /** Computing time of all its trainings. */
  readonly seconds: number;
}

export interface ViolationCard {
  readonly rule: string;
  readonly rows: number;
  readonly worst: number;
  readonly message: string;
}

/** S: share of test rows with f(g(x)) = y*, or f(x) for a signal that is erased; of poisoned and of clean defenders. */
export interface SuccessCard {
  readonly name: string;
  readonly success: Spread;
  readonly clean: Spread;
}

export interface ResultCard {
  readonly id: string;
  readonly manifestDigest: string;
  readonly dataset: string;
  readonly model: string;
  /** Attack id; "none" for plain training. */
  readonly attack: string;
  readonly options: OptionValues;
  readonly defence: string;
  readonly poisonFraction: number;
  readonly poisonCount: number;
  /** Set where the poison takes the place of clean rows. */
  readonly placement?: 'replaced';
  readonly constraint: {
    readonly kind: string;
    readonly radius?: number;
    readonly fixedLabels: boolean;
    readonly violations: readonly ViolationCard[];
  };
  readonly target: {
    readonly kind: string;
    readonly scale: number;
    readonly tau: number;
    readonly accuracy: number;
  } | null;
  /** ||g(mu; w) + eps_d g(nu; w)|| at the target; `lowerBound` is what no poison can go below. */
  readonly residual: { readonly before: number; readonly after: number; readonly lowerBound: number | null } | null;
  /** The signals of the attack, with how many features each sets; missing where it has none. */
  readonly signals?: readonly { readonly name: string; readonly features: number; readonly target: number | null }[];
  /** What the attack told about itself, by name; with signals only. */
  readonly figures?: Readonly<Record<string, number>>;
  readonly rowNorms: { readonly median: number; readonly max: number; readonly cleanMedian: number } | null;
  readonly protocols: readonly ProtocolCard[];
  readonly reported: { readonly source: string; readonly clean: number; readonly drop: number | null } | null;
  readonly seconds: { readonly craft: number; readonly total: number };
  readonly seeds: readonly number[];
  readonly backend: string;
  readonly backends: Readonly<Record<string, string>>;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly flags: readonly string[];
}

/** The bytes of card.json, in the order of the fields above. Throws INVALID_ARGUMENT when a figure is not finite: NaN never reaches a card. */
export function cardText(card: ResultCard): string {
  requireFinite(card, 'card');
  return `${JSON.stringify(card, null, 2)}\n`;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Figures in a card carry six decimals: below that is rounding noise. */
export function rounded(value: number): number {
  return Number(value.toFixed(6));
}

/** Mean and sample deviation over the values that are there. */
export function spread(values: readonly (number | null)[]): Spread {
  const there = values.filter((value): value is number => value !== null && Number.isFinite(value));
  const kept = values.map((value) => (value === null || !Number.isFinite(value) ? null : rounded(value)));
  if (there.length === 0) return { mean: null, sd: null, values: kept };
  const centre = mean(there);
  if (there.length === 1) return { mean: rounded(centre), sd: null, values: kept };
  const variance = there.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (there.length - 1);
  return { mean: rounded(centre), sd: rounded(Math.sqrt(variance)), values: kept };
}

/** Drop = clean - poisoned, seed by seed; null where either is missing. */
export function compare(clean: readonly (number | null)[], poisoned: readonly (number | null)[]): Comparison {
  const drops = clean.map((value, index) => {
    const after = poisoned[index] ?? null;
    return value === null || after === null ? null : value - after;
  });
  return { clean: spread(clean), poisoned: spread(poisoned), drop: spread(drops) };
}

/** A curve of accuracies by epoch, oldest first, in three figures: mean of the last `window`, the last one, the best one. */
export function summariseCurve(
  accuracies: readonly number[],
  window = 10,
): { final: number; last: number; best: number; epochs: number } | null {
  const tail = accuracies.slice(-window);
  const last = tail[tail.length - 1];
  if (last === undefined || !accuracies.every(Number.isFinite)) return null;
  return { final: mean(tail), last, best: Math.max(...accuracies), epochs: tail.length };
}
