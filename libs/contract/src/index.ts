export { enumNames } from './enum-names';
export type { EnumNames, Specified } from './enum-names';
export { dataTypes, distributions, placements, scalings, solvers } from './enums';
export type { DataTypeWord, DistributionWord, PlacementWord, ScalingWord, SolverWord } from './enums';
