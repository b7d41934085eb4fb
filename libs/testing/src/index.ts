export { toyGame } from './toy-game';
export type { ToySize } from './toy-game';
export { floatTensor, inlineBundle, integerTensor, poisonOf } from './wire-tensors';
