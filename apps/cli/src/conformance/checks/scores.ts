/** Scores on the test split, which only the evaluator reads: figures that agree with each other, and models whose score is known. */
import type { GameSpec, Signal } from '@theriac/contract/game';
import type { ScoreResponse } from '@theriac/contract/evaluator';
import { callUnary, namedArrayOf } from '@theriac/service-kit';
import { int32Of, namedFloat32 } from '@theriac/tensors';
import { demand, present } from '../check';
import type { Check } from '../check';
import { nearNumber, worst } from '../closeness';
import type { KnownGame } from '../known-game';
import { bundle } from '../messages';
import { allRefused } from '../refusals';
import type { Wrong } from '../refusals';
import type { EvaluatorSubject } from '../subject';

export const scoreChecks: readonly Check<EvaluatorSubject>[] = [
  {
    id: 'score.figures',
    promise: 'accuracy, accuracy by class and confusion agree',
    async run(s) {
      const { classes } = s.game;
      const { scores, testCount } = await score(s, [s.game.point('w')]);
      demand(scores.length === 1, `one model has ${scores.length} scores`);
      const { loss, accuracy, perClass, confusion } = present(scores[0], 'the score');
      const counts = int32Of(namedArrayOf(present(confusion, 'confusion'), 'confusion'));
      demand(counts.length === classes * classes, `confusion has ${counts.length} entries`);
      const [all, right] = [sum(counts), sum(counts.filter((_, k) => k % (classes + 1) === 0))];
      demand(all === testCount, `confusion counts ${all} rows, the test split has ${testCount}`);
      demand(Number.isFinite(loss) && loss >= 0, `the loss is ${loss}`);
      const errors = [nearNumber('accuracy', accuracy, right / all, undefined, 1)];
      demand(perClass.length === classes, `per_class has ${perClass.length} entries`);
      perClass.forEach((share, k) => {
        const row = counts.subarray(k * classes, (k + 1) * classes);
        errors.push(nearNumber(`accuracy of class ${k}`, share, row[k]! / Math.max(1, sum(row)), undefined, 1));
      });
      return `${testCount} rows, accuracy ${(100 * accuracy).toFixed(2)}%, ${worst(...errors)}`;
    },
  },
  {
    id: 'score.known-models',
    promise: 'zero parameters guess: loss ln c, all rows to the lowest class; a bias alone decides every row',
    async run(s) {
      const { classes, features, size } = s.game;
      const decided = new Float32Array(size);
      decided[features * classes + 1] = 30;
      const { scores } = await score(s, [new Float32Array(size), decided]);
      const [guess, bias] = [present(scores[0], 'the first score'), present(scores[1], 'the second score')];
      const error = nearNumber('the loss of guessing', guess.loss, Math.log(classes));
      for (const [name, { perClass }, winner] of [
        ['guessing', guess, 0],
        ['a bias', bias, 1],
      ] as const)
        demand(
          perClass.every((share, k) => share === (k === winner ? 1 : 0)),
          `${name} has accuracies by class ${perClass.join(', ')}`,
        );
      return worst(error);
    },
  },
  {
    id: 'score.many',
    promise: 'models scored in one call get the scores that they get alone; confusion comes with the last',
    async run(s) {
      const models = ['w', 'another w', 'a third w'].map((name) => s.game.point(name));
      const { scores } = await score(s, models);
      demand(scores.length === 3, `3 models have ${scores.length} scores`);
      demand(
        scores.every(({ confusion }, k) => (confusion !== undefined) === (k === 2)),
        'confusion is not with the last score alone',
      );
      const errors = [];
      for (const [k, model] of models.entries()) {
        const alone = present((await score(s, [model])).scores[0], 'the score');
        errors.push(nearNumber(`loss ${k}`, scores[k]!.loss, alone.loss));
        demand(
          scores[k]!.accuracy === alone.accuracy,
          `accuracy ${k} is ${scores[k]!.accuracy}, alone ${alone.accuracy}`,
        );
      }
      return worst(...errors);
    },
  },
  {
    id: 'score.ensemble',
    promise:
      'members vote: equal ones as one model, certified on every row that they get right; ties to the lowest class',
    async run(s) {
      const { classes, features, size } = s.game;
      const w = s.game.point('w');
      const alone = present((await score(s, [w])).scores[0], 'the score');
      const { scores, testCount } = await score(s, [w, w, w], { members: 3 });
      demand(scores.length === 1, `one ensemble has ${scores.length} scores`);
      const { accuracy, loss, certificates } = present(scores[0], 'the score');
      demand(accuracy === alone.accuracy, `three equal members have accuracy ${accuracy}, one has ${alone.accuracy}`);
      const error = nearNumber('the loss', loss, alone.loss);
      const certified = int32Of(namedArrayOf(present(certificates, 'certificates'), 'certificates'));
      demand(certified.length === testCount, `${certified.length} rows have certificates, not ${testCount}`);
      const right = certified.filter((rho) => rho === 1).length;
      const wrong = certified.filter((rho) => rho === -1).length;
      demand(
        right === Math.round(accuracy * testCount) && right + wrong === testCount,
        `${right} certificates are 1, ${wrong} are -1`,
      );
      const forClass = (k: number): Float32Array => {
        const decided = new Float32Array(size);
        decided[features * classes + k] = 30;
        return decided;
      };
      const tie = present((await score(s, [forClass(1), forClass(0)], { members: 2 })).scores[0], 'the score');
      demand(tie.perClass[0] === 1, 'a tie between classes 0 and 1 is not won by class 0');
      return `${right} of ${testCount} rows certified, ${worst(error)}`;
    },
  },
  {
    id: 'score.signals',
    promise: 'a signal is planted in stored units: its success is the share with f(g(x)) = y*, or f(g(x)) = f(x)',
    async run(s) {
      const { classes, features, size } = s.game;
      const feature = Math.floor(features / 2);
      const w = new Float32Array(size);
      w[feature * classes + 1] = 50;
      const [high, low] = storedAround(s.game, feature);
      const signal = (name: string, value: number, target?: number): Signal => ({
        name,
        features: [feature],
        values: [value],
        target,
      });
      const signals = [signal('high', high, 1), signal('low', low, 1), signal('low to 0', low, 0)];
      const [found, guess] = [
        await score(s, [w], { signals }),
        await score(s, [new Float32Array(size)], { signals: [signal('any', high), signal('to 1', high, 1)] }),
      ];
      const told = [...present(found.scores[0], 'the score').success, ...present(guess.scores[0], 'the score').success];
      demand(String(told) === '1,0,1,1,0', `the successes are ${told.join(', ')}, not 1, 0, 1, 1, 0`);
      return `${told.length} signals`;
    },
  },
  {
    id: 'score.refusals',
    promise: 'games, parameters, ensembles and signals that do not fit are refused, naming the field',
    async run(s) {
      const { spec, features, classes } = s.game;
      const w = s.game.point('w');
      const bad = w.slice();
      bad[3] = NaN;
      const wrong = (
        what: string,
        models: Float32Array[],
        how: Parameters<typeof score>[2],
        field?: string,
      ): Wrong => ({
        what,
        call: () => score(s, models, how),
        status: 'INVALID_ARGUMENT',
        ...(field === undefined ? {} : { field }),
      });
      const signal = { name: 'g', features: [0], values: [1], target: undefined };
      return allRefused([
        wrong('an unknown data set', [w], { game: { ...spec, dataset: 'no-such-data' } }, 'dataset'),
        wrong('an unknown model', [w], { game: { ...spec, model: 'no-such-model' } }, 'model'),
        wrong('too few parameters', [w.slice(2)], {}, 'parameters'),
        wrong('a parameter that is no number', [bad], {}, 'parameters'),
        wrong('half an ensemble', [w, w, w], { members: 2 }, 'members'),
        wrong('a feature that is not there', [w], { signals: [{ ...signal, features: [features] }] }, 'features'),
        wrong('a signal without features', [w], { signals: [{ ...signal, features: [], values: [] }] }, 'features'),
        wrong('a feature without a value', [w], { signals: [{ ...signal, features: [0, 1] }] }, 'values'),
        wrong('a class that is not there', [w], { signals: [{ ...signal, target: classes }] }, 'target'),
        wrong('too many signals', [w], { signals: Array.from({ length: 17 }, () => signal) }, 'signals'),
      ]);
    },
  },
];

async function score(
  s: EvaluatorSubject,
  models: readonly Float32Array[],
  { game = s.game.spec, members, signals = [] }: { game?: GameSpec; members?: number; signals?: Signal[] } = {},
): Promise<ScoreResponse> {
  const p = models[0]!.length;
  const values = new Float32Array(models.length * p);
  models.forEach((model, k) => values.set(model, k * p));
  const shape = models.length === 1 ? [p] : [models.length, p];
  const parameters = await bundle(s, namedFloat32('parameters', shape, values));
  const request = { game, parameters, members, signals: signals.length === 0 ? undefined : { signals } };
  return callUnary(s.client, 'score', request, s.settings);
}

/** Stored values whose model input is well above and well below zero. */
function storedAround({ features, toStored }: KnownGame, feature: number): [number, number] {
  const at = (value: number): number => toStored(new Float32Array(features).fill(value))[feature]!;
  return [at(1), at(-1)];
}

const sum = (values: Int32Array): number => values.reduce((total, value) => total + value, 0);
