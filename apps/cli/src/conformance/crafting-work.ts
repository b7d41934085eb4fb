/** Crafting against the small game, and corruption of its clean model, asked for in slices. */
import { FollowerKind } from '@theriac/contract/attacker';
import type { AttackDescription, CorruptOutcome, CraftOutcome, CraftRequest } from '@theriac/contract/attacker';
import { Placement } from '@theriac/contract/game';
import type { OptionValue, PoisonFraction } from '@theriac/contract/game';
import type { TensorBundle } from '@theriac/contract/tensor';
import { callStream } from '@theriac/service-kit';
import { NotOffered, present } from './check';
import type { SlicedJob } from './checks/slices';
import { epsilonD } from './known-game';
import { digestOf, floats, integers, vector } from './messages';
import { allSlices } from './slices';
import type { Asked, Sliced } from './slices';
import type { AttackerSubject } from './subject';

export type Crafting = Omit<CraftRequest, 'resumeFrom' | 'sliceSeconds'>;

export const ratio = (value: number): PoisonFraction => ({ amount: { $case: 'ratio', value } });

/** The attack that most checks craft by: one that takes many steps, where there is one. */
export function attackOf({ about }: AttackerSubject): AttackDescription {
  const added = about.attacks.filter(({ placement }) => placement !== Placement.REPLACED);
  const found = added.find(({ id }) => id === 'gradient-canceling') ?? added.find(stepped) ?? added[0];
  if (found === undefined) throw new NotOffered('no attack adds rows');
  return found;
}

/** Whether it is known how to make an attack take so many steps. */
const stepped = ({ options }: AttackDescription): boolean =>
  options.some(({ name, type }) => name === 'iterations' && type === 'integer');

/** What makes the attack short or long, of the options that it has. */
function paced({ options }: AttackDescription, iterations: number): { [name: string]: OptionValue } {
  const wanted: { readonly [name: string]: OptionValue } = {
    iterations: { value: { $case: 'number', value: iterations } },
    target: { value: { $case: 'text', value: 'reversed' } },
    solver: { value: { $case: 'text', value: 'descent' } },
  };
  const has = (name: string, { value }: OptionValue): boolean =>
    options.some((option) => option.name === name && (value?.$case !== 'text' || option.choices.includes(value.value)));
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => has(name, value)));
}

/** Poison for the small game, unless `changes` say otherwise. */
export async function crafting(
  s: AttackerSubject,
  changes: Partial<Crafting> = {},
  iterations = 20,
): Promise<Crafting> {
  const attack = attackOf(s);
  return {
    game: s.game.spec,
    attack: attack.id,
    options: changes.attack === undefined ? paced(attack, iterations) : {},
    poisonFraction: ratio(epsilonD),
    constraint: { kind: 'none', radius: 0, fixedLabels: false },
    cleanParameters: await vector(s, 'parameters', s.game.fitted()),
    seed: 5,
    follower: FollowerKind.LOCAL,
    ...changes,
  };
}

/** Crafting in slices. */
export function craftingWork(s: AttackerSubject, wanted: Crafting): Sliced<CraftOutcome> {
  return {
    ask: ({ resumeFrom, sliceSeconds }: Asked) =>
      callStream(s.client, 'craft', { ...wanted, resumeFrom, sliceSeconds }, s.settings),
    async digest(outcome) {
      const { x, y, base } = await craftedRows(s, outcome);
      const target = outcome.target && (await floats(s, outcome.target.parameters, 'parameters', s.game.size));
      const digests = [x, y, base, ...(target === undefined ? [] : [target])].map(digestOf);
      return JSON.stringify([digests, outcome.target?.scale, outcome.residual, outcome.flags, outcome.signals ?? null]);
    },
  };
}

/** The rows of an outcome. Throws Broken where they are not of the shapes of the game. */
export async function craftedRows(
  s: AttackerSubject,
  { poison, poisonCount: m }: CraftOutcome,
): Promise<{ readonly x: Float32Array; readonly y: Int32Array; readonly base: Int32Array }> {
  const { rows } = present(poison, 'poison');
  return {
    x: await floats(s, rows, 'x', m, s.game.features),
    y: await integers(s, rows, 'y', m),
    base: await integers(s, rows, 'base', m),
  };
}

/** An outcome in as few slices as it takes. */
export async function crafted(s: AttackerSubject, changes: Partial<Crafting> = {}): Promise<CraftOutcome> {
  const sliceSeconds = Math.min(30, s.about.limits?.sliceSeconds ?? 20);
  const slices = await allSlices(craftingWork(s, await crafting(s, changes)), { sliceSeconds });
  return present(slices.at(-1)?.outcome, 'the outcome');
}

export const craftingJob: SlicedJob<AttackerSubject, CraftOutcome> = {
  name: 'craft',
  short: async (s, variant = 0) => craftingWork(s, await crafting(s, { seed: 5 + variant })),
  async long(s) {
    if (!stepped(attackOf(s))) return undefined;
    return craftingWork(s, await crafting(s, {}, 1_000_000));
  },
};

/** The radius of the corruptions. */
export const epsilonW = 0.5;

export interface Corruption {
  readonly epsilonW: number;
  readonly seed: number;
}

/** Corruption in slices. */
export async function corruptionWork(
  s: AttackerSubject,
  wanted: Corruption,
  parameters?: TensorBundle,
): Promise<Sliced<CorruptOutcome>> {
  const cleanParameters = parameters ?? (await vector(s, 'parameters', s.game.fitted()));
  const request = { game: s.game.spec, cleanParameters, ...wanted };
  return {
    ask: ({ resumeFrom, sliceSeconds }) =>
      callStream(s.client, 'corrupt', { ...request, resumeFrom, sliceSeconds }, s.settings),
    async digest({ parameters, distance }) {
      return JSON.stringify([digestOf(await floats(s, parameters, 'parameters', s.game.size)), distance]);
    },
  };
}

export const corruptionJob: SlicedJob<AttackerSubject, CorruptOutcome> = {
  name: 'corrupt',
  short: (s, variant = 0) => corruptionWork(s, { epsilonW, seed: 5 + variant }),
  long: async () => undefined,
};
