/**
 * The standard normal distribution: phi(x) = exp(-x^2 / 2) / sqrt(2 pi), Phi(x) = integral of phi from -Infinity to x.
 * Near the middle  Phi(x) = 1/2 + phi(x) (x + x^3/3 + x^5/(3*5) + ...)  (Marsaglia, "Evaluating the Normal Distribution",
 * Journal of Statistical Software 11(4), 2004); in the tails  Phi(-x) = phi(x) / (x + 1/(x + 2/(x + 3/(x + ...))))
 * (Abramowitz and Stegun, 26.2.14), so that small tails keep their relative precision.
 */
const middle = 3;
const depth = 200;

/** phi(x). */
export function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/** Phi(x), to a few units of rounding; 0 and 1 at the infinities. */
export function normalCdf(x: number): number {
  if (Math.abs(x) > middle) return x < 0 ? tail(-x) : 1 - tail(x);
  let term = x;
  let sum = x;
  for (let n = 3; Math.abs(term) > Number.EPSILON * Math.abs(sum) * 0.1; n += 2) {
    term *= (x * x) / n;
    sum += term;
  }
  return 0.5 + normalDensity(x) * sum;
}

function tail(x: number): number {
  if (x > 40) return 0;
  let fraction = x;
  for (let n = depth; n > 0; n--) fraction = x + n / fraction;
  return normalDensity(x) / fraction;
}
