/**
 * Accumulative: before its trigger tick the attacker leaves accuracy alone and only turns the validation loss's gradient and
 * that of its trigger rows against each other; then one batch of trigger rows undoes the model (Pang et al., NeurIPS 2021).
 *
 *   q(w) = <grad L(w), g(trigger; w)>        a trigger step changes L by about -eta q
 *   grad q = H_L g(trigger) + H_trigger grad L,   u = grad q, less its part along grad L
 *   J(g) = -1/2 || pace |grad L| u / |u| - s g ||^2
 *
 * so that the attacker's part -eta s g of a step lowers q and, to first order, leaves L alone. The paper matches gradients to
 * those of its objective together with the clean rows' own, which the honest rows bring here; one step at a time, with the
 * rows' size of step as an option, is our reading. After the trigger the attacker is silent.
 */
import { dot } from '@theriac/tensors';
import { numberOption } from '../../attack';
import { ascend } from '../ascent';
import { ascentOptions } from '../attack';
import type { OnlineAttack } from '../attack';
import { controlObjective } from './gradient-control';
import { greedyObjective } from './greedy';

/** pace |grad L| u / |u|, u the part of grad q that is square to grad L; zero where there is none. */
export function accumulativeTarget(slope: Float32Array, gradient: Float32Array, pace: number): Float32Array {
  const size = lengthOf(gradient);
  const along = size === 0 ? 0 : dot(slope, gradient) / size ** 2;
  const u = slope.map((value, k) => value - along * (gradient[k] as number));
  const scale = (pace * size) / (lengthOf(u) || 1);
  return u.map((value) => scale * value);
}

export const accumulative: OnlineAttack = {
  id: 'accumulative',
  summary: 'stays neutral until one trigger batch undoes the model',
  source: 'Pang et al., NeurIPS 2021; one step at a time: our reading',
  options: [
    ...ascentOptions,
    {
      name: 'trigger',
      type: 'integer',
      description: 'the tick of the trigger batch',
      unit: 'ticks',
      minimum: 1,
      maximum: 1e6,
      default: 20,
    },
    {
      name: 'burst',
      type: 'number',
      description: "the attacker's share of the trigger tick's rows",
      minimum: 0,
      maximum: 1,
      default: 1,
    },
    {
      name: 'pace',
      type: 'number',
      description: 'size of its part of the gradient before the trigger, in sizes of the validation gradient',
      minimum: 0,
      maximum: 1e6,
      default: 1,
    },
  ],
  secondOrder: true,
  count(tick, usual, all, options) {
    const trigger = numberOption(options, 'trigger');
    if (tick > trigger) return 0;
    return tick < trigger ? usual : Math.floor(numberOption(options, 'burst') * all + 1e-9);
  },
  async craft(view, count, options) {
    const { w, oracles, random, lasting, draw } = view;
    const { gradient } = await oracles.validation(w);
    const undo = (rows: number): ReturnType<typeof ascend> =>
      ascend(view, draw(rows, lasting.fork('trigger')), greedyObjective(gradient), options);
    if (view.tick >= numberOption(options, 'trigger')) return undo(count);
    const trigger = await undo(count);
    const first = await oracles.validationProduct(w, await oracles.gradient(w, trigger));
    const second = await oracles.product(w, trigger, gradient);
    const slope = first.map((value, k) => value + (second[k] as number));
    const target = accumulativeTarget(slope, gradient, numberOption(options, 'pace'));
    const objective = controlObjective(target, count / view.perTick);
    return ascend(view, draw(count, random), objective, options);
  },
};

const lengthOf = (vector: Float32Array): number => Math.sqrt(dot(vector, vector));
