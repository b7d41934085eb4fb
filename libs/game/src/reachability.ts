/**
 * Reachability of target parameters w by poison, and the transition threshold tau (Lecture 18, page "Transition Threshold";
 * Lu, Kamath, Yu 2023). For softmax cross-entropy over logits z = W' x + b and p = softmax(z),
 *   <(W, b), grad l(x, y)> = E_p[z] - z_y = CE(x, y) - H(p)  >=  -W((c-1)/e),  Lambert's W,
 * attained by a rightly classified row of margin 1 + W((c-1)/e) over equal others. Hence g(mu; w) + eps_d g(nu; w) = 0 needs
 *   eps_d >= tau = max{ (CE - H) / W((c-1)/e), 0 }     and always
 *   ||g(mu; w) + eps_d g(nu; w)|| >= max{ <w, g(mu; w)> - eps_d W((c-1)/e), 0 } / ||w||.
 */
import { invalid, norm, transitionConstant } from '@theriac/tensors';

type Vector = Float32Array | Float64Array;

export interface Threshold {
  /** max{(CE - H) / W((c-1)/e), 0}: no poison fraction below it reaches these parameters. */
  readonly tau: number;
  /** <w, g(mu; w)> = CE - H, nats; exact for a softmax output layer (weight and bias). */
  readonly innerProduct: number;
  /** W((c-1)/e). */
  readonly constant: number;
  /** Mean cross-entropy, nats. */
  readonly crossEntropy: number;
  /** Mean entropy of the predictions, nats. */
  readonly entropy: number;
}

/** Mean cross-entropy and mean predictive entropy of softmax(scale * logits), nats. logits [count * classes]. */
export function entropies(
  logits: Vector,
  labels: ArrayLike<number>,
  classes: number,
  scale = 1,
): { crossEntropy: number; entropy: number } {
  const count = logits.length / classes;
  if (count < 1 || count !== labels.length)
    throw invalid('logits', logits.length, `${labels.length} labels times ${classes} classes`);
  let crossEntropy = 0;
  let entropy = 0;
  for (let i = 0, at = 0; i < count; i++, at += classes) {
    let top = -Infinity;
    for (let k = 0; k < classes; k++) top = Math.max(top, scale * logits[at + k]!);
    let total = 0;
    let weighted = 0;
    for (let k = 0; k < classes; k++) {
      const shifted = scale * logits[at + k]! - top;
      const e = Math.exp(shifted);
      total += e;
      weighted += e * shifted;
    }
    const logTotal = Math.log(total);
    crossEntropy += logTotal + top - scale * logits[at + labels[i]!]!;
    entropy += logTotal - weighted / total;
  }
  return { crossEntropy: crossEntropy / count, entropy: entropy / count };
}

/** tau of the parameters that give these logits on the clean data. `scale` multiplies the logits. */
export function transitionThreshold(logits: Vector, labels: ArrayLike<number>, classes: number, scale = 1): Threshold {
  const { crossEntropy, entropy } = entropies(logits, labels, classes, scale);
  const constant = transitionConstant(classes);
  const innerProduct = crossEntropy - entropy;
  return { tau: Math.max(innerProduct / constant, 0), innerProduct, constant, crossEntropy, entropy };
}

/** g(mu; w) + eps_d g(nu; w), float64, and its Euclidean norm: zero where w is a stationary point of the mixture. */
export function residual(gMu: Vector, gNu: Vector, epsilonD: number): { vector: Float64Array; norm: number } {
  if (gMu.length !== gNu.length) throw invalid('gradient of the poison', gNu.length, `${gMu.length} numbers`);
  const vector = Float64Array.from(gMu, (value, i) => value + epsilonD * gNu[i]!);
  return { vector, norm: norm(vector) };
}

/** The least norm of g(mu; w) + eps_d g(nu; w) over every possible nu. */
export function residualLowerBound(innerProduct: number, epsilonD: number, classes: number, normW: number): number {
  return Math.max(innerProduct - epsilonD * transitionConstant(classes), 0) / normW;
}

/**
 * The largest s in (0, largest] with tau(s) <= budget, or one that spends 99.9% of the budget, tau(s) not decreasing: asks for
 * tau at one scale after another. Regula falsi, each kept end's excess halved so that both ends close in.
 * Throws INVALID_ARGUMENT for a budget that is not positive.
 */
export function* searchScale(budget: number, largest = 1): Generator<number, { scale: number; tau: number }, number> {
  if (!(budget > 0)) throw invalid('tau budget', budget, 'a number above 0');
  const whole = yield largest;
  if (whole <= budget) return { scale: largest, tau: whole };
  let [inside, tauInside, below] = [0, 0, -budget];
  let [outside, above] = [largest, whole - budget];
  while (tauInside < 0.999 * budget && outside - inside > 1e-6 * outside) {
    const aimed = (inside * above - outside * below) / (above - below);
    const next = aimed > inside && aimed < outside ? aimed : (inside + outside) / 2;
    const tau = yield next;
    if (tau <= budget) {
      [inside, tauInside, below] = [next, tau, tau - budget];
      above /= 2;
    } else {
      [outside, above] = [next, tau - budget];
      below /= 2;
    }
  }
  return { scale: inside, tau: tauInside };
}

/** `searchScale` with tau at hand. */
export function largestScale(
  tauOf: (scale: number) => number,
  budget: number,
  largest = 1,
): { scale: number; tau: number } {
  const search = searchScale(budget, largest);
  let step = search.next();
  while (step.done !== true) step = search.next(tauOf(step.value));
  return step.value;
}

/**
 * The largest s in (0, largest] with tau(s) <= budget for the last layer of any model, weight and bias, times s. Its logits z at
 * s = 1 are all that counts: logits(s) = s * z, and every prediction stays. Without a bias: logits without it.
 * CE(s) - H(s) = s * d/ds CE(s) and CE is convex in s, so tau grows wherever it is positive and there is one crossing.
 * Throws INVALID_ARGUMENT for a budget that is not positive.
 */
export function largestReachableScale(
  logits: Vector,
  labels: ArrayLike<number>,
  classes: number,
  budget: number,
  largest = 1,
): { scale: number; tau: number } {
  return largestScale((scale) => transitionThreshold(logits, labels, classes, scale).tau, budget, largest);
}
