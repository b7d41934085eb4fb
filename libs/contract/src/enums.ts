import { enumNames, type Specified } from './enum-names';
import { Placement, Scaling } from './generated/theriac/v1/game';
import { DataType } from './generated/theriac/v1/tensor';
import { Distribution, Solver } from './generated/theriac/v1/trainer';

/** The element type of a tensor. */
export const dataTypes = enumNames<Specified<DataType, DataType.UNSPECIFIED, DataType.UNRECOGNIZED>, DataTypeWord>({
  [DataType.F32]: 'F32',
  [DataType.F64]: 'F64',
  [DataType.F16]: 'F16',
  [DataType.BF16]: 'BF16',
  [DataType.I32]: 'I32',
  [DataType.I64]: 'I64',
  [DataType.U8]: 'U8',
});
export type DataTypeWord = 'F32' | 'F64' | 'F16' | 'BF16' | 'I32' | 'I64' | 'U8';

/** How stored values become model input; not set: standardised. */
export const scalings = enumNames<Specified<Scaling, Scaling.UNSPECIFIED, Scaling.UNRECOGNIZED>, ScalingWord>(
  { [Scaling.STANDARDISED]: 'standardised', [Scaling.SYMMETRIC]: 'symmetric', [Scaling.STORED]: 'stored' },
  'standardised',
);
export type ScalingWord = 'standardised' | 'symmetric' | 'stored';

/** Where poison goes; not set: added. */
export const placements = enumNames<Specified<Placement, Placement.UNSPECIFIED, Placement.UNRECOGNIZED>, PlacementWord>(
  { [Placement.ADDED]: 'added', [Placement.REPLACED]: 'replaced' },
  'added',
);
export type PlacementWord = 'added' | 'replaced';

/** Over which rows a mean is taken; not set: refused. */
export const distributions = enumNames<
  Specified<Distribution, Distribution.UNSPECIFIED, Distribution.UNRECOGNIZED>,
  DistributionWord
>({ [Distribution.CLEAN]: 'clean', [Distribution.POISON]: 'poison', [Distribution.MIXTURE]: 'mixture' });
export type DistributionWord = 'clean' | 'poison' | 'mixture';

/** How to solve for an inverse-Hessian-vector product; not set: conjugate gradients. */
export const solvers = enumNames<Specified<Solver, Solver.UNSPECIFIED, Solver.UNRECOGNIZED>, SolverWord>(
  { [Solver.CONJUGATE_GRADIENT]: 'conjugate-gradient', [Solver.NORMAL_EQUATIONS]: 'normal-equations' },
  'conjugate-gradient',
);
export type SolverWord = 'conjugate-gradient' | 'normal-equations';
