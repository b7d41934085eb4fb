/** What an evaluator says of parameters and poison on training data: loss and gradient, tau, reachability. */
import { Placement } from '@theriac/contract/game';
import type { Poison } from '@theriac/contract/game';
import { entropies, keptRows, regressionGradient, regressionLogits, residual, residualLowerBound } from '@theriac/game';
import type { RowData } from '@theriac/game';
import { callUnary } from '@theriac/service-kit';
import { dot, transitionConstant } from '@theriac/tensors';
import { demand } from '../check';
import type { Check } from '../check';
import { differenced, exact, near, nearNumber, worst } from '../closeness';
import { floats, poisonMessage, vector } from '../messages';
import { allRefused } from '../refusals';
import type { EvaluatorSubject } from '../subject';

export const judgementChecks: readonly Check<EvaluatorSubject>[] = [
  {
    id: 'loss-gradient.differences',
    promise: '<g, v> is the slope of the loss on validation data along v',
    async run(s) {
      const { point, draw, size } = s.game;
      const w = point('w');
      const { gradient } = await lossGradient(s, w);
      const norm = Math.sqrt(dot(gradient, gradient));
      const unit = draw('v', size, 1 / Math.sqrt(size));
      const along = gradient.map((value, k) => value + norm * unit[k]!);
      const h = (0.02 * Math.sqrt(dot(w, w))) / Math.sqrt(dot(along, along));
      const at = async (step: number): Promise<number> =>
        (
          await lossGradient(
            s,
            w.map((value, k) => value + step * along[k]!),
          )
        ).loss;
      const slope = (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) / (12 * h);
      return worst(nearNumber('the slope of the loss', slope, dot(gradient, along), differenced));
    },
  },
  {
    id: 'loss-gradient.closed-form',
    promise: 'L(mu~; w) and its gradient on the last training rows, those held out',
    async run(s) {
      const w = s.game.point('w');
      const found = await lossGradient(s, w);
      const expected = regressionGradient(w, s.game.validation, s.game.classes);
      return worst(
        nearNumber('the loss', found.loss, expected.loss),
        near('the gradient', found.gradient, expected.gradient),
      );
    },
  },
  {
    id: 'threshold.identity',
    promise: 'tau = max((CE - H) / W((c - 1) / e), 0), and CE - H = <w, g(mu; w)>',
    async run(s) {
      const w = s.game.point('w');
      const errors = [];
      for (const sign of [1, -1]) {
        const found = await threshold(
          s,
          w.map((value) => sign * value),
        );
        const { tau, innerProduct, constant, crossEntropy, entropy, gradientInnerProduct } = found;
        const scale = crossEntropy + entropy;
        errors.push(nearNumber('W((c - 1) / e)', constant, transitionConstant(s.game.classes), 1e-9));
        errors.push(nearNumber('inner_product', innerProduct, crossEntropy - entropy, exact, scale));
        errors.push(nearNumber('gradient_inner_product', gradientInnerProduct, innerProduct, exact, scale));
        errors.push(nearNumber('tau', tau, Math.max(innerProduct / constant, 0), exact, Math.max(tau, 1e-6)));
      }
      return worst(...errors);
    },
  },
  {
    id: 'threshold.closed-form',
    promise: 'CE and H of softmax regression on the clean rows; tau is 0 for parameters that guess',
    async run(s) {
      const { game } = s;
      const w = game.point('w');
      const found = await threshold(s, w);
      const expected = entropies(regressionLogits(w, game.clean, game.classes), game.clean.y, game.classes);
      const guess = await threshold(s, new Float32Array(game.size));
      nearNumber('tau of guessing', guess.tau, 0, 1e-5, 1);
      return worst(
        nearNumber('CE', found.crossEntropy, expected.crossEntropy),
        nearNumber('H', found.entropy, expected.entropy),
        nearNumber('CE of guessing', guess.crossEntropy, Math.log(game.classes)),
      );
    },
  },
  {
    id: 'reachability.closed-form',
    promise: '||g(mu; w) + eps_d g(nu; w)||, with rows added and with rows replaced, and what no poison can go below',
    async run(s) {
      const { game } = s;
      const [n, m] = [game.clean.count, game.poison.y.length];
      const w = game.point('w').map((value) => 3 * value);
      const gNu = regressionGradient(w, game.rowsOf(game.poison), game.classes).gradient;
      const errors = [];
      for (const placement of [Placement.ADDED, Placement.REPLACED]) {
        const mu: RowData = placement === Placement.ADDED ? game.clean : keptRows(game.clean, game.poison.base);
        const gMu = regressionGradient(w, mu, game.classes).gradient.map((value) => (mu.count / n) * value);
        const poison = await poisonMessage(s, { ...game.poison, placement });
        const found = await reachability(s, w, poison);
        const expected = residual(gMu, gNu, m / n).norm;
        errors.push(nearNumber('epsilon_d', found.epsilonD, m / n, 1e-9));
        errors.push(nearNumber('clean_norm', found.cleanNorm, Math.sqrt(dot(gMu, gMu))));
        errors.push(nearNumber('norm', found.norm, expected));
        const bound = residualLowerBound(dot(gMu, w), m / n, game.classes, Math.sqrt(dot(w, w)));
        errors.push(nearNumber('lower_bound', found.lowerBound, bound, exact, Math.max(bound, expected)));
        demand(found.norm >= found.lowerBound, `the norm ${found.norm} is below its bound ${found.lowerBound}`);
      }
      return worst(...errors);
    },
  },
  {
    id: 'judgement.refusals',
    promise: 'no validation data, no poison and wrong parameters are refused, naming the field',
    async run(s) {
      const { game, client, settings } = s;
      const w = game.point('w');
      const parameters = await vector(s, 'parameters', w);
      const none = { ...game.spec, validationCount: 0 };
      return allRefused([
        {
          what: 'LossGradient without validation data',
          call: () => callUnary(client, 'lossGradient', { game: none, parameters }, settings),
          status: 'FAILED_PRECONDITION',
          field: 'validation_count',
        },
        {
          what: 'LossGradient of too few parameters',
          call: () => lossGradient(s, w.slice(1)),
          status: 'INVALID_ARGUMENT',
          field: 'parameters',
        },
        {
          what: 'Threshold of too few parameters',
          call: () => threshold(s, w.slice(1)),
          status: 'INVALID_ARGUMENT',
          field: 'parameters',
        },
        {
          what: 'Threshold without a game',
          call: () => callUnary(client, 'threshold', { game: undefined, parameters }, settings),
          status: 'INVALID_ARGUMENT',
          field: 'game',
        },
        {
          what: 'Reachability without poison',
          call: () => reachability(s, w, undefined),
          status: 'INVALID_ARGUMENT',
          field: 'poison',
        },
      ]);
    },
  },
];

async function lossGradient(s: EvaluatorSubject, w: Float32Array): Promise<{ loss: number; gradient: Float32Array }> {
  const request = { game: s.game.spec, parameters: await vector(s, 'parameters', w) };
  const { loss, gradient } = await callUnary(s.client, 'lossGradient', request, s.settings);
  return { loss, gradient: await floats(s, gradient, 'gradient', s.game.size) };
}

async function threshold(s: EvaluatorSubject, w: Float32Array) {
  const request = { game: s.game.spec, parameters: await vector(s, 'parameters', w) };
  return callUnary(s.client, 'threshold', request, s.settings);
}

async function reachability(s: EvaluatorSubject, w: Float32Array, poison: Poison | undefined) {
  const request = { game: s.game.spec, parameters: await vector(s, 'parameters', w), poison };
  return callUnary(s.client, 'reachability', request, s.settings);
}
