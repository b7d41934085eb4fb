/** What the evaluator computes, over plain data. Only here is the test split read. */
import { boardShelf, derivativesShelf, modelRows, poisonRows, requireBase } from '@theriac/board';
import type { Board } from '@theriac/board';
import type { PlayerSettings } from '@theriac/board/wire';
import type { GameSpec } from '@theriac/contract/game';
import { toModelInput } from '@theriac/datasets';
import { loadTestSplit } from '@theriac/datasets/test-split';
import type { Oracles, RowData, Signal } from '@theriac/game';
import { checkSignal, keptRows, residual, residualLowerBound, transitionThreshold } from '@theriac/game';
import type { ComputeHandlers } from '@theriac/service-kit';
import { TheriacError, dot, invalid, norm, viewOf } from '@theriac/tensors';
import type { BackendReport } from '@theriac/tensors';
import { startBackend } from '@theriac/tensors/engine';
import type { EvaluatorMethods } from './methods';
import { createScorer } from './scoring';
import { keepScorer } from './scorers';
import type { HeldScorer } from './scorers';
import { verifyPoison } from './verification';

/** Test splits whose float32 form takes at most this, in bytes, stay in the engine. */
const keptTestBytes = 64 * 2 ** 20;

/** The evaluator's compute methods. They keep boards and compiled graphs of the games in use. */
export function evaluatorCompute(settings: PlayerSettings): ComputeHandlers<EvaluatorMethods> {
  const engine = (): Promise<BackendReport> => startBackend(settings.engine);
  // The engine warms up while the first request is on its way; a failure is told to whoever calls first.
  engine().catch(() => undefined);
  const boardFor = boardShelf(settings.dataDirectory);
  const derivativesOf = derivativesShelf();
  const scorers = keepScorer();

  const oraclesFor = (board: Board): Oracles => derivativesOf(board).oracles;

  async function boardAt(game: GameSpec | undefined, parameters: Float32Array, models = 1): Promise<Board> {
    await engine();
    const board = await boardFor(game);
    const expected = board.model.layout.size * models;
    if (parameters.length !== expected)
      throw invalid(
        'parameters',
        `${parameters.length} values`,
        `${expected} for ${models} of model ${board.model.id}`,
        'Send the flat vector of this model.',
      );
    return board;
  }

  async function makeScorer(board: Board): Promise<HeldScorer> {
    const { dataset, scaling, model } = board;
    const { dataDirectory } = settings;
    const test = await loadTestSplit(dataset.id, dataDirectory === undefined ? {} : { directory: dataDirectory });
    const rows = modelRows(test, dataset, scaling, 0)(0, test.count);
    const kept = 4 * test.count * test.features <= keptTestBytes;
    const scorer = createScorer(model, rows, { rowsAtOnce: oraclesFor(board).chunk, kept });
    return { scorer, testCount: test.count };
  }

  return {
    describe: () => engine(),
    async score({ game, parameters, models, members = 1, signals = [] }, context) {
      const board = await boardAt(game, parameters, models);
      const planted = signals.map((signal, index) => inModelInput(board, signal, index));
      const p = board.model.layout.size;
      return scorers(
        board.key,
        () => makeScorer(board),
        async ({ scorer, testCount }) => {
          const scores = [];
          const vectorOf = (k: number): Float32Array => parameters.slice(k * p, (k + 1) * p);
          for (let k = 0; k < models; k += members) {
            const ensemble = Array.from({ length: members }, (_, j) => vectorOf(k + j));
            scores.push(await scorer.score(ensemble, () => context.pause(), planted));
          }
          return { scores, testCount, classes: board.model.classes };
        },
      );
    },
    async lossGradient({ game, parameters }) {
      const board = await boardAt(game, parameters);
      if (board.validation.count === 0)
        throw new TheriacError('The game has no validation data.', {
          code: 'FAILED_PRECONDITION',
          field: 'game.validation_count',
          found: '0',
          allowed: `1 to ${board.clean.count - 1}`,
          remedy: 'Hold training rows out as validation data.',
        });
      return oraclesFor(board).gradient(parameters, board.validation);
    },
    async threshold({ game, parameters }) {
      const board = await boardAt(game, parameters);
      const { model, clean } = board;
      const oracles = oraclesFor(board);
      const found = transitionThreshold(oracles.logits(parameters, clean), clean.y, model.classes);
      const { gradient } = oracles.gradient(parameters, clean);
      const { weight, bias } = model.lastLayer;
      const gradientInnerProduct = [weight, bias]
        .map((name) => dot(viewOf(parameters, model.layout, name), viewOf(gradient, model.layout, name)))
        .reduce((sum, part) => sum + part, 0);
      return { ...found, gradientInnerProduct };
    },
    async reachability({ game, parameters, poison }) {
      const board = await boardAt(game, parameters);
      const { model, clean } = board;
      const oracles = oraclesFor(board);
      const nu = poisonRows(board, poison);
      const epsilonD = nu.count / clean.count;
      const mu = poison.placement === 'replaced' ? keptRows(clean, requireBase(board, poison)) : clean;
      const share = mu.count / clean.count;
      const gradientOf = (rows: RowData): Float32Array =>
        rows.count === 0 ? new Float32Array(parameters.length) : oracles.gradient(parameters, rows).gradient;
      const gMu = gradientOf(mu).map((value) => share * value);
      const innerProduct =
        mu.count === 0
          ? 0
          : share * transitionThreshold(oracles.logits(parameters, mu), mu.y, model.classes).innerProduct;
      return {
        norm: residual(gMu, gradientOf(nu), epsilonD).norm,
        cleanNorm: norm(gMu),
        epsilonD,
        lowerBound: residualLowerBound(innerProduct, epsilonD, model.classes, lastLayerNorm(parameters, board)),
      };
    },
    async verifyPoison({ game, poison, constraint, fraction }) {
      return verifyPoison(await boardFor(game), poison, constraint, fraction);
    },
  };
}

/** A signal with its values in model-input units. Throws INVALID_ARGUMENT naming `signals[index]` where it does not fit. */
function inModelInput({ dataset, scaling, model }: Board, signal: Signal, index: number): Signal {
  checkSignal(signal, index, model);
  const stored = new Float32Array(dataset.features);
  signal.features.forEach((feature, k) => (stored[feature] = signal.values[k] as number));
  const row = { count: 1, features: dataset.features, stored, labels: new Uint8Array(0) };
  const input = toModelInput(row, dataset, scaling);
  return { ...signal, values: signal.features.map((feature) => input[feature] as number) };
}

function lastLayerNorm(parameters: Float32Array, { model }: Board): number {
  const { weight, bias } = model.lastLayer;
  return Math.hypot(...[weight, bias].map((name) => norm(viewOf(parameters, model.layout, name))));
}
