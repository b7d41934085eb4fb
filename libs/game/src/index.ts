export { describeOption, numberOption, parseOptions, textOption } from './attack';
export type {
  Attack,
  AttackAim,
  CraftGame,
  CraftState,
  LocalAttack,
  OptionSpec,
  OptionValue,
  OptionValues,
} from './attack';
export { combineConstraints, createConstraint, parseConstraint } from './constraint';
export type { Bounds, Constraint, ConstraintParameters, Violation } from './constraint';
export { constraintKinds, constraintText, parseConstraintText } from './constraint-text';
export type { ConstraintKind, ConstraintPart } from './constraint-text';
export { classConstraint, marginStrips } from './constraints/class-regions';
export type { ClassFacts, InputUnits } from './constraints/class-regions';
export { classBalls, classCentres, classSlabs, quantileByClass } from './regions/class-statistics';
export { decoyParameters } from './regions/decoy';
export type { DecoyChoice } from './regions/decoy';
export {
  accuracyOf,
  fitLogistic,
  logisticHessianVectorProduct,
  logisticLoss,
  logisticObjective,
  logisticPreconditioner,
  marginsOf,
  sigmoid,
  signedRows,
  weightedSum,
} from './regions/logistic-fit';
export type { LogisticFitOptions, Preconditioner, SignedRows } from './regions/logistic-fit';
export { nearestIn } from './regions/nearest';
export type { Nearest, NearestOptions, NoneNear } from './regions/nearest';
export { distance, everywhere, excesses, intersection, stripAlong } from './regions/region';
export type { Ball, Box, Excess, Region, Strip } from './regions/region';
export { defenceKinds, defenceText, parseDefences } from './defence';
export type { DefenceChoice, DefenceDescription, DefenceKind, Sanitiser, SanitiserGame } from './defence';
export { layerProducts } from './layer-identity';
export type { LayerProducts } from './layer-identity';
export { logisticGradient, logisticLogits, logisticMixedProduct } from './logistic-regression';
export { poisonBase } from './poison';
export type { Placement, Poison, PoisonBase } from './poison';
export {
  describePoisonFraction,
  parsePoisonFraction,
  poisonCount,
  ratioFraction,
  requirePlaceable,
} from './poison-fraction';
export type { PoisonFraction } from './poison-fraction';
export {
  entropies,
  largestReachableScale,
  largestScale,
  residual,
  residualLowerBound,
  searchScale,
  transitionThreshold,
} from './reachability';
export type { Threshold } from './reachability';
export {
  accumulateOuter,
  regressionErrors,
  regressionGradient,
  regressionHessianVectorProduct,
  regressionLogits,
  regressionMixedProduct,
  softmaxRows,
} from './softmax-regression';
export type { RealRows } from './softmax-regression';
export { searchCriticalMass } from './collective/critical-mass';
export type { CriticalMass, CriticalMassSearch } from './collective/critical-mass';
export { carriesSignal, checkSignal, patchFeatures, patchPlaces, withSignal } from './collective/signal';
export type { Patch, PatchPlace, Signal } from './collective/signal';
export { criticalMassBound, successBound, upperShare } from './collective/theory';
export type { PlantingStrategy, SignalFacts } from './collective/theory';
export { canonicalJson, requireFinite, sha256Hex } from './canonical-json';
export {
  cleanTrainingDigest,
  contractVersion,
  createManifest,
  differences,
  manifestDigest,
  manifestText,
  parseManifest,
  requireSameManifest,
  runId,
} from './manifest';
export type { Manifest, ManifestBackend } from './manifest';
export {
  publishedAttack,
  publishedClean,
  publishedCorruption,
  publishedDistance,
  publishedTarget,
} from './published-figures';
export type { PublishedFigure, PublishedTarget } from './published-figures';
export { cardText, compare, rounded, spread, summariseCurve } from './result-card';
export type {
  Comparison,
  PrivacyCard,
  ProtocolCard,
  RemovalCard,
  ResultCard,
  Spread,
  SuccessCard,
  ViolationCard,
  VoteCard,
} from './result-card';
export type { Batch, Follower, InverseSolver, RowRange } from './follower';
export type { DropoutLayer, LinearLayer, Model, ModelDefinition, Tap, TrainingPass } from './model';
export type { Oracles } from './oracles';
export { decodePlainState, encodePlainState } from './plain-state';
export type { PlainScalar, PlainState } from './plain-state';
export { protocolName, readProtocolName } from './protocol-name';
export type { ProtocolName } from './protocol-name';
export { keptRows, replacedRows } from './replaced-rows';
export { concatenateRows, gatheredRows, heldRows, isHeld, joinedRows, rowsBetween, selectedRows } from './rows';
export type { RowData, Rows, StreamedRows } from './rows';
export { bestThreshold, leaderPayoff, shiftEquilibrium, thresholdError } from './shift-game';
export type { ShiftEquilibrium, ShiftGame } from './shift-game';
export { searchShiftEquilibrium } from './shift-game-search';
export { certifiedShare, majorityVote } from './vote';
export type { Vote } from './vote';
