/** Training of the small game, asked for in slices. */
import type { GameSpec, Poison } from '@theriac/contract/game';
import type { TrainOutcome } from '@theriac/contract/trainer';
import { callStream } from '@theriac/service-kit';
import { datasetCatalogue } from '@theriac/datasets';
import { NotOffered } from './check';
import { digestOf, floats, integers, poisonMessage } from './messages';
import type { SlicedJob } from './checks/slices';
import type { Sliced } from './slices';
import type { TrainerSubject } from './subject';

export interface Training {
  readonly game: GameSpec;
  readonly poison: Poison | undefined;
  readonly protocol: string;
  readonly seed: number;
  readonly defence: string;
  readonly keepEpochs: number;
}

/** The protocol that most checks train by. */
export function protocolOf({ about }: TrainerSubject): string {
  const ids = about.protocols.map(({ id }) => id);
  const found = ['p-gc', 'stable-sgd', ...ids].find((id) => ids.includes(id) && id !== 'converged');
  if (found === undefined) throw new NotOffered('no protocol by epochs');
  return found;
}

/** The game, of a model that this trainer has. */
function gameFor({ about, game }: TrainerSubject): GameSpec {
  const models = about.models.map(({ id }) => id);
  return models.includes(game.spec.model) ? game.spec : { ...game.spec, model: models[0] ?? '' };
}

/** Thirty epochs on the small game with its poison, unless `changes` say otherwise. */
export async function training(s: TrainerSubject, changes: Partial<Training> = {}): Promise<Training> {
  const poison = await poisonMessage(s, s.game.poison);
  const usual = { game: gameFor(s), poison, protocol: `${protocolOf(s)}@30`, seed: 3, defence: '', keepEpochs: 4 };
  return { ...usual, ...changes };
}

/** A training in slices. */
export function trainingWork(s: TrainerSubject, wanted: Training): Sliced<TrainOutcome> {
  return {
    ask: ({ resumeFrom, sliceSeconds }) =>
      callStream(s.client, 'train', { ...wanted, resumeFrom, sliceSeconds }, s.settings),
    async digest(outcome) {
      const { parameters, kept, removed, loss, gradientNorm, accuracy, rows, stopped } = outcome;
      const arrays = [
        await floats(s, parameters, 'parameters', undefined),
        await floats(s, kept, 'parameters', undefined, undefined),
        ...(removed === undefined ? [] : [await integers(s, removed, 'removed', undefined)]),
      ];
      const digests = arrays.map(digestOf);
      return JSON.stringify([digests, loss, gradientNorm, accuracy, rows, stopped]);
    },
  };
}

/** Rows of the long training, where the data set has as many. */
const manyRows = 10_000;

export const trainingJob: SlicedJob<TrainerSubject, TrainOutcome> = {
  name: 'train',
  short: async (s, variant = 0) => trainingWork(s, await training(s, { seed: 3 + variant })),
  async long(s) {
    const all = datasetCatalogue().find(({ id }) => id === s.game.spec.dataset)?.examples.train ?? 0;
    const game = { ...gameFor(s), trainLimit: Math.min(all, manyRows) };
    return trainingWork(s, await training(s, { game, protocol: `${protocolOf(s)}@10000` }));
  },
};
