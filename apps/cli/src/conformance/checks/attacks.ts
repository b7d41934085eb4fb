/** What an attacker says of its attacks. */
import { Placement } from '@theriac/contract/game';
import type { OptionSchema } from '@theriac/contract/game';
import { FollowerKind } from '@theriac/contract/attacker';
import { refusalOf } from '@theriac/service-kit';
import { demand, present } from '../check';
import type { Check } from '../check';
import { crafting, craftingWork } from '../crafting-work';
import { allRefused } from '../refusals';
import { least, oneSlice } from '../slices';
import type { AttackerSubject } from '../subject';

const types = ['number', 'integer', 'string', 'boolean'];
const needs = ['gradient', 'hessian-vector', 'mixed'];

export const attackChecks: readonly Check<AttackerSubject>[] = [
  {
    id: 'attacks.options',
    promise: 'every option has a type, and a default that the option allows',
    async run({ about }) {
      demand(about.attacks.length > 0, 'there is no attack');
      const options = about.attacks.flatMap((attack) => {
        const strange = attack.needs.find((need) => !needs.includes(need));
        demand(strange === undefined, `${attack.id} needs ${strange}`);
        const names = attack.options.map(({ name }) => name);
        demand(new Set(names).size === names.length, `${attack.id} has an option twice`);
        return attack.options.map((option) => ({ option, where: `${attack.id}: ${option.name}` }));
      });
      for (const { option, where } of options) demand(allowsDefault(option), `${where}: the default is not allowed`);
      return `${about.attacks.length} attacks, ${options.length} options`;
    },
  },
  {
    id: 'attacks.begin',
    promise: 'every attack begins on the small game, or says that the game is not for it',
    async run(s) {
      const [begun, refused]: [string[], string[]] = [[], []];
      for (const { id, placement } of s.about.attacks) {
        const everything = placement === Placement.REPLACED;
        const changes = {
          attack: id,
          ...(everything ? { poisonFraction: { amount: { $case: 'everything' as const, value: true } } } : {}),
        };
        try {
          await oneSlice(craftingWork(s, await crafting(s, changes)), { sliceSeconds: least });
          begun.push(id);
        } catch (error) {
          const status = refusalOf(error)?.status ?? '';
          if (status !== 'FAILED_PRECONDITION' && status !== 'INVALID_ARGUMENT') throw error;
          refused.push(id);
        }
      }
      demand(begun.length > 0, `none is for this game: ${refused.join(', ')}`);
      return `${begun.join(', ')}${refused.length > 0 ? `; not for this game: ${refused.join(', ')}` : ''}`;
    },
  },
  {
    id: 'attacks.followers',
    promise: 'it plays against itself or against a trainer, as Describe says',
    async run(s) {
      const { followers } = s.about;
      demand(followers.includes(FollowerKind.LOCAL) || followers.includes(FollowerKind.REMOTE), 'it names no follower');
      const ask = (follower: FollowerKind) => async () =>
        oneSlice(craftingWork(s, await crafting(s, { follower })), { sliceSeconds: least });
      const absent = [FollowerKind.LOCAL, FollowerKind.REMOTE].filter((kind) => !followers.includes(kind));
      const told = await allRefused([
        { what: 'an unknown follower', call: ask(77 as FollowerKind), status: 'INVALID_ARGUMENT', field: 'follower' },
        ...absent.map((kind) => ({
          what: `follower ${kind}, which it does not have`,
          call: ask(kind),
          status: 'FAILED_PRECONDITION',
          field: 'follower',
        })),
      ]);
      return `${followers.length} followers, ${told}`;
    },
  },
];

function allowsDefault({ type, choices, minimum, maximum, defaultValue }: OptionSchema): boolean {
  const value = present(defaultValue?.value, 'default_value');
  if (!types.includes(type)) return false;
  if (type === 'boolean') return value.$case === 'flag';
  if (type === 'string') return value.$case === 'text' && (choices.length === 0 || choices.includes(value.value));
  if (value.$case !== 'number' || (type === 'integer' && !Number.isInteger(value.value))) return false;
  return value.value >= (minimum ?? -Infinity) && value.value <= (maximum ?? Infinity);
}
