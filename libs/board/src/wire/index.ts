/** The contract's nouns as plain data and back. Loads no engine: the services' main threads use it. */
export { readPoison, readVector, readVectors } from './read';
export type { WirePoison } from './read';
export {
  backendMessage,
  choiceMessage,
  layoutMessage,
  optionMessage,
  poisonMessage,
  progressMessage,
  vectorBundle,
  vectorsBundle,
} from './write';
export { fractionOf, requireCount, requireRange, sliceBudget } from './ranges';
export { startPlayer } from './start-player';
export type { Player, PlayerOptions, PlayerSettings } from './start-player';
export { runPlayer } from './run-player';
export { observed } from './observed';
