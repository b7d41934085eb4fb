/** Parameter corruption as sliced work. */
import type { Board, SlicedWork } from '@theriac/board';
import type { Oracles, PlainState } from '@theriac/game';
import { canonicalJson, sha256Hex } from '@theriac/game';
import { norm, randomStream } from '@theriac/tensors';
import {
  corruptedParameters,
  corruptionMetrics,
  startCorruption,
  stepCorruption,
} from '../corruptions/gradient-parameter-corruption';
import { checkParameters } from './craft-game';
import type { AttackerMethods, Corrupted } from './methods';

/** The work of one Corrupt request. */
export function corruption(
  input: AttackerMethods['corrupt']['input'],
  board: Board,
  oracles: Oracles,
): SlicedWork<PlainState, Corrupted> {
  const { cleanParameters, epsilonW, seed } = input;
  checkParameters(board, cleanParameters);
  const { model, clean, dataset } = board;
  const random = randomStream(seed, 'corruption');
  const game = { clean, model, wClean: cleanParameters, oracles, classes: dataset.classes, random };
  const options = { epsilonW };
  return {
    fingerprint: canonicalJson({
      board: board.key,
      digest: dataset.digest,
      cleanParameters: sha256Hex(cleanParameters),
      epsilonW,
      seed,
    }),
    start: () => startCorruption(game, options),
    step: (state) => stepCorruption(state, game, options),
    metrics: corruptionMetrics,
    outcome(state, seconds) {
      const parameters = corruptedParameters(state, cleanParameters);
      const distance = norm(Float64Array.from(parameters, (value, k) => value - (cleanParameters[k] as number)));
      return { parameters, distance, seconds };
    },
  };
}
