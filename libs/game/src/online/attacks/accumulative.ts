/**
 * Accumulative: before its trigger tick the attacker leaves accuracy alone and only turns the validation loss's gradient and
 * that of its trigger rows against each other; then one batch of trigger rows undoes the model (Pang et al., NeurIPS 2021).
 *
 *   q(w) = <grad L(w), g(trigger; w)>        a trigger step changes L by about -eta q
 *   grad q = H_L g(trigger) + H_trigger grad L,   u = grad q, less its part along grad L
 *   J(g) = <g, u / |u|> + neutrality * min(0, <g, grad L> / |grad L|)
 *
 * so that a step -eta s g lowers q and, to first order, does not raise L. The paper's objective in one step, and without its
 * clean part, which the honest rows are: our reading. After the trigger the attacker is silent.
 */
import { numberOption } from '../../attack';
import { ascend } from '../ascent';
import type { Objective } from '../ascent';
import { ascentOptions } from '../attack';
import type { OnlineAttack } from '../attack';
import { innerProduct } from '../inner-product';
import { greedyObjective } from './greedy';

/** J of grad q and grad L. */
export function accumulativeObjective(slope: Float32Array, gradient: Float32Array, neutrality: number): Objective {
  const along = unit(gradient);
  const u = unit(slope.map((value, k) => value - innerProduct(slope, along) * (along[k] as number)));
  return {
    value: (g) => innerProduct(g, u) + neutrality * Math.min(0, innerProduct(g, along)),
    direction: (g) => (innerProduct(g, along) < 0 ? u.map((value, k) => value + neutrality * (along[k] as number)) : u),
  };
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
      name: 'neutrality',
      type: 'number',
      description: 'weight of not raising the loss before the trigger',
      minimum: 0,
      maximum: 1e6,
      default: 4,
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
    const objective = accumulativeObjective(slope, gradient, numberOption(options, 'neutrality'));
    return ascend(view, draw(count, random), objective, options);
  },
};

function unit(values: Float32Array): Float32Array {
  const length = Math.sqrt(innerProduct(values, values));
  return length === 0 ? values : values.map((value) => value / length);
}
