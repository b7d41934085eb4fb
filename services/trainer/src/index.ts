export { startTrainer } from './start';
