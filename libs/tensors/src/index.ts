export { invalid, TheriacError } from './errors';
export type { ErrorCode, ErrorDetail } from './errors';
export { lambertW, transitionConstant } from './lambert-w';
export { randomStream } from './random';
export type { RandomStream } from './random';
