/**
 * eps_d = |nu| / |mu|: poison rows per clean row (Lecture 18, page "Data Poisoning").
 * `everything` is eps_d = infinity: the defender sees poison only (unlearnable examples).
 */
import { invalid, TheriacError } from '@theriac/tensors';
import type { Placement } from './poison';

export type PoisonFraction = { readonly kind: 'ratio'; readonly epsilonD: number } | { readonly kind: 'everything' };

const ALLOWED = "a ratio to the clean count from 0 to 100 (0.03), a percentage (3%), or 'everything' (also 'inf')";
const LARGEST = 100;

/** A checked ratio. Throws INVALID_ARGUMENT when negative, not finite or above 100. */
export function ratioFraction(epsilonD: number): PoisonFraction {
  if (!Number.isFinite(epsilonD) || epsilonD < 0 || epsilonD > LARGEST)
    throw invalid('poison fraction', epsilonD, ALLOWED, '0 is training without poison.');
  return { kind: 'ratio', epsilonD: epsilonD === 0 ? 0 : epsilonD };
}

/** Reads '0.03', '3%', 'inf', 'infinity' or 'everything'. Throws INVALID_ARGUMENT otherwise. */
export function parsePoisonFraction(text: string | number): PoisonFraction {
  const word = String(text).trim().toLowerCase();
  if (['inf', '+inf', 'infinity', 'everything'].includes(word)) return { kind: 'everything' };
  const matched = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(%?)$/.exec(word);
  if (matched === null) throw invalid('poison fraction', text, ALLOWED, '0 is training without poison.');
  const value = Number(matched[1]);
  return ratioFraction(matched[2] === '%' ? value / 100 : value);
}

/** |nu| = floor(eps_d |mu|), and |mu| for `everything`. The only place that rounds; the guard undoes 0.29 * 100 = 28.999... */
export function poisonCount(fraction: PoisonFraction, cleanCount: number): number {
  return fraction.kind === 'everything' ? cleanCount : Math.floor(fraction.epsilonD * cleanCount + 1e-9);
}

/**
 * Throws for a fraction that rows so placed cannot have: FAILED_PRECONDITION for added rows that should be everything,
 * INVALID_ARGUMENT for a share alpha of mu above 1.
 */
export function requirePlaceable(fraction: PoisonFraction, placement: Placement, field = 'poison_fraction'): void {
  if (placement === 'added' && fraction.kind === 'everything')
    throw new TheriacError(`${field} is everything, but this attack adds rows to clean data and cannot replace them.`, {
      code: 'FAILED_PRECONDITION',
      field,
      found: 'everything',
      allowed: 'a finite ratio',
      remedy: 'Name a ratio such as 0.03.',
    });
  if (placement === 'replaced' && fraction.kind === 'ratio' && fraction.epsilonD > 1)
    throw invalid(
      field,
      fraction.epsilonD,
      "a share of the clean rows from 0 to 1, or 'everything'",
      'This attack replaces rows, and there are no more of them.',
    );
}

/** The fraction in words, as `parsePoisonFraction` reads it. */
export function describePoisonFraction(fraction: PoisonFraction): string {
  return fraction.kind === 'everything' ? 'everything' : String(fraction.epsilonD);
}
