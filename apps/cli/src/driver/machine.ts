/** The machine on which a card was made, as far as it explains the times. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import type { ResultCard } from '@theriac/game';

export function describeMachine(): ResultCard['machine'] {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  };
}
