import { classFrequencies } from './class-bias';

/** `count` labels dealt out by the class frequencies of `clean`, largest remainder first, in class order. */
export function labelsByFrequency(clean: ArrayLike<number>, classes: number, count: number): Int32Array {
  const wanted = classFrequencies(clean, classes).map((share) => share * count);
  const dealt = Int32Array.from(wanted, Math.floor);
  const byRemainder = Array.from(dealt.keys()).sort(
    (a, b) => wanted[b]! - dealt[b]! - (wanted[a]! - dealt[a]!) || a - b,
  );
  const missing = count - dealt.reduce((sum, n) => sum + n, 0);
  for (const k of byRemainder.slice(0, missing)) dealt[k]!++;
  const labels = new Int32Array(count);
  let from = 0;
  dealt.forEach((n, k) => labels.fill(k, from, (from += n)));
  return labels;
}
