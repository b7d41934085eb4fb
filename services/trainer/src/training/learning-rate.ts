import type { MinibatchSettings } from './protocol';

/** The learning rate of step `step` (0 is the first), `perEpoch` steps an epoch: warm-up times schedule times that of the start. */
export function learningRateAt(
  protocol: Pick<MinibatchSettings, 'learningRate' | 'schedule' | 'warmUpEpochs' | 'epochs'>,
  step: number,
  perEpoch: number,
): number {
  const { learningRate, schedule, warmUpEpochs, epochs } = protocol;
  const epoch = Math.floor(step / perEpoch);
  const warmUp = warmUpEpochs === 0 ? 1 : Math.min(1, (step + 1) / (warmUpEpochs * perEpoch));
  return learningRate * warmUp * factorAt(schedule, epoch, epochs);
}

function factorAt(schedule: MinibatchSettings['schedule'], epoch: number, epochs: number): number {
  switch (schedule.kind) {
    case 'constant':
      return 1;
    case 'exponential':
      return schedule.factor ** epoch;
    case 'cosine':
      return (1 + Math.cos((Math.PI * epoch) / epochs)) / 2;
    case 'steps':
      return schedule.factor ** schedule.at.filter((start) => start <= epoch).length;
  }
}
