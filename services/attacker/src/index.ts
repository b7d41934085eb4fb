export { startAttacker } from './start';
