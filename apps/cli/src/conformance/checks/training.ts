/** What training gives, and what it refuses. */
import { Placement } from '@theriac/contract/game';
import type { TrainOutcome } from '@theriac/contract/trainer';
import { refusalOf } from '@theriac/service-kit';
import { namedFloat32, namedInt32 } from '@theriac/tensors';
import { demand, NotOffered, present } from '../check';
import type { Check } from '../check';
import { bundle, floats, integers, poisonMessage } from '../messages';
import { allRefused } from '../refusals';
import type { Wrong } from '../refusals';
import { allSlices, least, oneSlice } from '../slices';
import type { TrainerSubject } from '../subject';
import { protocolOf, training, trainingWork } from '../training-work';
import type { Training } from '../training-work';

export const trainingChecks: readonly Check<TrainerSubject>[] = [
  {
    id: 'train.outcome',
    promise: 'an outcome has w, its layout without gaps, the epochs that were kept, and figures that agree',
    async run(s) {
      const { seed, keepEpochs, ...found } = { ...(await training(s)), ...(await trained(s)) };
      const w = await floats(s, found.parameters, 'parameters', undefined);
      let end = 0;
      for (const { name, shape, offset } of found.layout) {
        demand(offset === end, `the view ${name} begins at ${offset}, not at ${end}`);
        end += shape.reduce((size, axis) => size * axis, 1);
      }
      demand(end === w.length, `the layout covers ${end} of ${w.length} parameters`);
      const kept = await floats(s, found.kept, 'parameters', undefined, w.length);
      demand(kept.length === keepEpochs * w.length, `${kept.length / w.length} epochs were kept, not ${keepEpochs}`);
      demand(
        kept.subarray(-w.length).every((value, k) => value === w[k]),
        'the last kept epoch is not the final w',
      );
      const rows = s.game.clean.count + s.game.poison.y.length;
      demand(found.rows === rows, `it trained on ${found.rows} rows of chi, not on ${rows}`);
      demand(found.accuracy >= 0 && found.accuracy <= 1, `the accuracy is ${found.accuracy}`);
      demand(Number.isFinite(found.loss) && Number.isFinite(found.gradientNorm), `the loss is ${found.loss}`);
      demand(found.stopped === 'epochs', `after its epochs it stopped by ${JSON.stringify(found.stopped)}`);
      return `${w.length} parameters, ${found.layout.length} views, loss ${found.loss.toFixed(4)} (seed ${seed})`;
    },
  },
  {
    id: 'train.learns',
    promise: 'training lowers the loss below that of guessing',
    async run(s) {
      const { loss, accuracy } = await trained(s, { poison: undefined });
      const guessing = Math.log(s.game.classes);
      demand(loss < guessing, `the loss is ${loss}, that of guessing ${guessing}`);
      demand(accuracy > 1.5 / s.game.classes, `the training accuracy is ${accuracy}`);
      return `loss ${loss.toFixed(3)}, accuracy ${(100 * accuracy).toFixed(1)}%`;
    },
  },
  {
    id: 'train.poison',
    promise: 'poison is trained on: beside the clean rows, or in the place of its base rows',
    async run(s) {
      const { poison, clean } = s.game;
      const replacing = await poisonMessage(s, { ...poison, placement: Placement.REPLACED });
      const [none, added, replaced] = [
        await trained(s, { poison: undefined }),
        await trained(s),
        await trained(s, { poison: replacing }),
      ];
      const counts = [none, added, replaced].map(({ rows }) => rows);
      const expected = [clean.count, clean.count + poison.y.length, clean.count];
      demand(String(counts) === String(expected), `chi has ${String(counts)} rows, not ${String(expected)}`);
      const losses = new Set([none, added, replaced].map(({ loss }) => loss));
      demand(losses.size === 3, 'poison changes nothing');
      return `chi of ${String(counts)} rows`;
    },
  },
  {
    id: 'train.protocols',
    promise: 'every protocol that Describe names can be trained by, for as many epochs as "id@n" says',
    async run(s) {
      const [done, refused]: [string[], string[]] = [[], []];
      for (const { id } of s.about.protocols) {
        try {
          await trained(s, { protocol: id === 'converged' ? id : `${id}@1` });
          done.push(id);
        } catch (error) {
          // Not every protocol is for every game; it must say so.
          if (refusalOf(error)?.status !== 'FAILED_PRECONDITION') throw error;
          refused.push(id);
        }
      }
      demand(done.length > 0, `none is for this game: ${refused.join(', ')}`);
      return `${done.join(', ')}${refused.length > 0 ? `; not for this game: ${refused.join(', ')}` : ''}`;
    },
  },
  {
    id: 'train.sanitisers',
    promise: 'a sanitiser says which rows of chi it left out, ascending',
    async run(s) {
      const ids = s.about.defenceSchemas.filter(({ kind }) => kind === 'sanitiser').map(({ id }) => id);
      if (ids.length === 0) throw new NotOffered('no sanitisers');
      const counts = [];
      for (const id of ids) {
        const { removed, rows } = await trained(s, { defence: id, protocol: `${protocolOf(s)}@2` });
        const left = await integers(s, removed, 'removed', undefined);
        demand(
          left.every((row, k) => row >= 0 && row < rows && (k === 0 || row > left[k - 1]!)),
          `${id} left out rows ${left.slice(0, 5).join(', ')}, ...`,
        );
        counts.push(`${id} ${left.length}`);
      }
      return counts.join(', ');
    },
  },
  {
    id: 'train.refusals',
    promise: 'a request that is wrong is refused before it is trained by, naming the field',
    async run(s) {
      const { game } = await training(s);
      const wrong = (what: string, changes: Partial<Training>, field: string, budget = least): Wrong => ({
        what,
        call: async () => oneSlice(trainingWork(s, await training(s, changes)), { sliceSeconds: budget }),
        status: 'INVALID_ARGUMENT',
        field,
      });
      const unknown = 'there-is-no-such-thing';
      return allRefused([
        wrong('an unknown model', { game: { ...game, model: unknown } }, 'model'),
        wrong('an unknown data set', { game: { ...game, dataset: unknown } }, 'dataset'),
        wrong('all rows held out', { game: { ...game, validationCount: game.trainLimit } }, 'validation_count'),
        wrong('an unknown scaling', { game: { ...game, scaling: 77 as never } }, 'scaling'),
        wrong('an unknown protocol', { protocol: unknown }, 'protocol'),
        wrong('an unknown defence', { defence: unknown }, 'defence'),
        wrong('a negative seed', { seed: -1 }, 'seed'),
        wrong('too many epochs to keep', { keepEpochs: 101 }, 'keep_epochs'),
        wrong('a negative budget', {}, 'slice_seconds', -1),
      ]);
    },
  },
  {
    id: 'train.poison-refusals',
    promise: 'poison that does not fit the game is refused, naming the tensor',
    async run(s) {
      const { poison, features, classes, clean } = s.game;
      const { x, y, base } = poison;
      const m = y.length;
      const wrong = (
        what: string,
        rows: Parameters<typeof bundle>[1][],
        field: string,
        placement = Placement.ADDED,
      ): Wrong => ({
        what,
        async call() {
          const message = { rows: await bundle(s, ...rows), placement };
          return oneSlice(trainingWork(s, await training(s, { poison: message })), { sliceSeconds: least });
        },
        status: 'INVALID_ARGUMENT',
        field,
      });
      const xs = (values: Float32Array, rows = m) => namedFloat32('x', [rows, values.length / rows], values);
      const ys = (values: Int32Array) => namedInt32('y', [values.length], values);
      const bases = (values: Int32Array) => namedInt32('base', [values.length], values);
      const [notANumber, beyond] = [x.slice(), y.slice()];
      notANumber[features + 1] = NaN;
      beyond[2] = classes;
      return allRefused([
        wrong('a label that is no class', [xs(x), ys(beyond)], 'y'),
        wrong('a value that is no number', [xs(notANumber), ys(y)], 'x'),
        wrong('rows of another length', [xs(x.slice(0, m * (features - 1))), ys(y)], 'x'),
        wrong('labels without rows', [ys(y)], 'x'),
        wrong('rows that replace without saying which', [xs(x), ys(y)], 'base', Placement.REPLACED),
        wrong('a row replaced twice', [xs(x), ys(y), bases(base.map(() => 5))], 'base', Placement.REPLACED),
        wrong(
          'a row replaced that is not there',
          [xs(x), ys(y), bases(base.map((row) => row + clean.count))],
          'base',
          Placement.REPLACED,
        ),
      ]);
    },
  },
];

/** A training in as few slices as it takes. */
async function trained(s: TrainerSubject, changes: Partial<Training> = {}): Promise<TrainOutcome> {
  const sliceSeconds = Math.min(30, s.about.limits?.sliceSeconds ?? 20);
  const slices = await allSlices(trainingWork(s, await training(s, changes)), { sliceSeconds });
  return present(slices.at(-1)?.outcome, 'the outcome');
}
