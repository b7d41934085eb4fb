import { gammaOf, storedRow, storedValues } from '@theriac/board';
import type { Board } from '@theriac/board';
import type { ConstraintSpec } from '@theriac/contract/game';
import { toModelInput } from '@theriac/datasets';
import type { CraftGame, Follower, Oracles, Placement, PoisonFraction } from '@theriac/game';
import { poisonCount, requirePlaceable } from '@theriac/game';
import { invalid, randomStream } from '@theriac/tensors';

/** What the attacker sees of a game. Throws for a fraction that rows so placed cannot have, and for a wrong w_c. */
export function craftGame(
  board: Board,
  { oracles, follower }: { readonly oracles: Oracles; readonly follower: Follower },
  request: {
    readonly cleanParameters: Float32Array;
    readonly fraction: PoisonFraction;
    readonly constraint: ConstraintSpec | undefined;
    readonly attack: string;
    /** Where the attack's rows go; default added. */
    readonly placement?: Placement | undefined;
    readonly seed: number;
  },
): CraftGame {
  const { dataset, scaling, model, clean } = board;
  const { cleanParameters, fraction, placement = 'added', seed, attack } = request;
  checkParameters(board, cleanParameters);
  requirePlaceable(fraction, placement);
  const count = poisonCount(fraction, clean.count);
  return {
    clean,
    validation: board.validation,
    stored: (row) => storedRow(board, row),
    model,
    wClean: cleanParameters,
    epsilonD: count / clean.count,
    count,
    constraint: gammaOf(board, request.constraint),
    random: randomStream(seed, 'attack', attack),
    oracles,
    follower,
    classes: dataset.classes,
    shape: dataset.shape,
    toStored: (x) => storedValues(board, x),
    toModelInput: (stored) =>
      toModelInput(
        { count: stored.length / dataset.features, features: dataset.features, stored, labels: new Uint8Array(0) },
        dataset,
        scaling,
      ),
  };
}

/** Throws INVALID_ARGUMENT when w_c is not a vector of the board's model. */
export function checkParameters({ model }: Board, parameters: Float32Array): void {
  const { size } = model.layout;
  if (parameters.length !== size)
    throw invalid(
      'clean_parameters',
      `${parameters.length} values`,
      `the ${size} of model ${model.id}`,
      'Send the flat vector of this model.',
    );
}
