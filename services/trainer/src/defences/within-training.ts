/** What the defences of a chain change within training, read from their options. */
import type { DefenceChoice, OptionValues } from '@theriac/game';
import { numberOption } from '@theriac/game';
import type { PrivacySettings } from '../training/privacy/guarantee';
import type { AdversarySettings } from '../training/robust-rows';
import { adversarialTraining } from './adversarial-training';
import { dpSgd } from './dp-sgd';
import { dpa } from './dpa';

/** Settings of the defences of kind "training"; undefined where the chain does not have them. */
export function hardeningOf(choices: readonly DefenceChoice[]): {
  readonly privacy: PrivacySettings | undefined;
  readonly adversary: AdversarySettings | undefined;
} {
  return {
    privacy: read(choices, dpSgd.id, (options) => ({
      clip: numberOption(options, 'clip'),
      noise: numberOption(options, 'noise'),
      delta: numberOption(options, 'delta'),
    })),
    adversary: read(choices, adversarialTraining.id, (options) => {
      const radius = numberOption(options, 'eps');
      const step = numberOption(options, 'step');
      return { radius, steps: numberOption(options, 'steps'), stepSize: step === 0 ? radius / 4 : step };
    }),
  };
}

/** k of deep partition aggregation; undefined where the chain does not have it. */
export function partitionsOf(choices: readonly DefenceChoice[]): number | undefined {
  return read(choices, dpa.id, (options) => numberOption(options, 'k'));
}

function read<T>(choices: readonly DefenceChoice[], id: string, from: (options: OptionValues) => T): T | undefined {
  const found = choices.find((choice) => choice.id === id);
  return found === undefined ? undefined : from(found.options);
}
