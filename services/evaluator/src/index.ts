export { startEvaluator } from './start';
