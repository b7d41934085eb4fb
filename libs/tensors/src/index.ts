export {
  byteSize,
  checkNamedArray,
  dataTypeNames,
  elementCount,
  elementSize,
  float32Of,
  float64Of,
  int32Of,
  maximumRank,
  namedFloat32,
  namedFloat64,
  namedInt32,
  namedUint8,
} from './array-codec';
export type { DataTypeName, NamedArray } from './array-codec';
export { cholesky, solveCholesky, solveLower, solveLowerTransposed } from './cholesky';
export { invalid, TheriacError } from './errors';
export type { ErrorCode, ErrorDetail } from './errors';
export { lambertW, transitionConstant } from './lambert-w';
export { normalCdf, normalDensity } from './normal-distribution';
export { lbfgsStart, lbfgsStep, lbfgsStepAsync, minimiseLbfgs } from './optimisers/lbfgs';
export type { LbfgsOptions, LbfgsResult, LbfgsState, LbfgsStepOptions } from './optimisers/lbfgs';
export type { Evaluation } from './optimisers/wolfe-line-search';
export { layoutOf, viewOf } from './parameters';
export type { ParameterLayout, ParameterView } from './parameters';
export { randomStream } from './random';
export type { RandomStream } from './random';
export { decodeSafetensors, encodeSafetensors, layOutSafetensors } from './safetensors';
export { backendNames } from './backend-report';
export type { BackendName, BackendReport, RejectedBackend, SelfCheck } from './backend-report';
export { prepareNativeEnvironment, threadCount } from './native-environment';
export { pseudoInverse, symmetricEigen } from './symmetric-eigen';
export type { SymmetricEigen } from './symmetric-eigen';
export { addScaled, dot, norm } from './vector';
