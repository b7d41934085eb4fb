export { floatTensor, inlineBundle, integerTensor, poisonOf } from './wire-tensors';
