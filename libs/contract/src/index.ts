export { enumNames } from './enum-names';
export type { EnumNames, Specified } from './enum-names';
export { dataTypes, distributions, scalings, solvers } from './enums';
export type { DataTypeWord, DistributionWord, ScalingWord, SolverWord } from './enums';
