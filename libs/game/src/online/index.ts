/** Online games: policies of attackers and of an online trainer, and what is measured. Loads no engine. */
export type { OnlineAttack, OnlineOracles, OnlineView, StoredRows } from './attack';
export { onlineAttacks } from './attacks/registry';
export { admitted, capped, hasCap, hasGate, lossCeiling, waitingTicks } from './defence';
export type { ChosenDefence, Contribution, OnlineDefence } from './defence';
export { onlineDefences } from './defences/registry';
export { isScored, regret, ticksToCollapse } from './measures';
export type { ScoredTick } from './measures';
export { planTick, poisonPerTick, userBlocks } from './stream';
export type { StreamShape, TickPlan, UserBlock } from './stream';
export { batchOf, playTick } from './tick';
export type { Batch, OnlineState, OnlineTrainer, StageCounts, TickReport } from './tick';
