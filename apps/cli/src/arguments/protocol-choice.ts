/**
 * How the players train where the user does not say. Defenders train as the model is published to be trained; where that takes
 * hours on two cores, for fewer epochs, which the protocol's name then says (p-gc@20). The attacker's own clean model is that of
 * the published attack: GradPC and Gradient Canceling start from P-GradPC, the others from TGDA's pretraining.
 */
import { readProtocolName } from '@theriac/game';
import { invalid } from '@theriac/tensors';
import { oneOf } from './game-settings';

interface Usual {
  readonly defenders: readonly string[];
  /** The clean model that parameter corruption and Gradient Canceling start from. */
  readonly gradpc: string;
  /** The clean model that TGDA and the attacks it is compared with start from. */
  readonly tgda: string;
  /** Final epochs that are scored. */
  readonly keptEpochs: number;
}

const dense: Usual = { defenders: ['p-gc', 'stable-sgd'], gradpc: 'p-gradpc', tgda: 'p-tgda', keptEpochs: 10 };
// The published code's default is one epoch of P-GradPC.
const convolutional: Usual = { ...dense, defenders: ['p-gc@20'], gradpc: 'p-gradpc@1', tgda: 'p-tgda@20' };
// One epoch of a residual network takes tens of minutes on two cores, and its parameters 45 MB an epoch kept.
const residual: Usual = { defenders: ['p-resnet@10'], gradpc: 'p-resnet@10', tgda: 'p-resnet@10', keptEpochs: 1 };

/** By model, or by the first word of its id. */
const usual: Readonly<Record<string, Usual>> = {
  lr: { ...dense, defenders: ['p-gc', 'stable-sgd', 'converged'], keptEpochs: 100 },
  nn: dense,
  'nn-tgda': { ...dense, defenders: ['p-tgda', 'stable-sgd'] },
  cnn: convolutional,
  'cnn-tgda': { ...convolutional, defenders: ['p-tgda@20'] },
  'cnn-cifar': { ...convolutional, defenders: ['augmented-sgd'], gradpc: 'p-tgda@20', tgda: 'p-tgda@20' },
  resnet: residual,
};

/** Attacks that start from the model that GradPC corrupts; none is GradPC itself. */
const fromGradPc: readonly (string | undefined)[] = [undefined, 'label-flip', 'gradient-canceling'];

const usualFor = (model: string): Usual => usual[model] ?? usual[model.split('-')[0] ?? model] ?? dense;

/** The defenders' protocols: those asked for, each once, or the usual ones. Throws INVALID_ARGUMENT for what is not offered. */
export function defenderProtocolsOf(
  asked: readonly string[] | undefined,
  model: string,
  offered: readonly string[],
): string[] {
  const names = asked ?? usualFor(model).defenders;
  return [...new Set(names.map((name) => checked('--protocol', name, model, offered)))];
}

/** The protocol of the attacker's clean model. Throws INVALID_ARGUMENT for what is not offered. */
export function attackerProtocolOf(
  asked: string | undefined,
  model: string,
  attack: string | undefined,
  offered: readonly string[],
): string {
  const { gradpc, tgda } = usualFor(model);
  return checked('--attacker-protocol', asked ?? (fromGradPc.includes(attack) ? gradpc : tgda), model, offered);
}

/** How many final epochs are kept and scored. */
export const keptEpochsOf = (model: string): number => usualFor(model).keptEpochs;

function checked(option: string, name: string, model: string, offered: readonly string[]): string {
  const { id, epochs } = readProtocolName(name, option);
  oneOf(option.slice(2), id, offered, 'id@n is the same protocol with n epochs.');
  if (id !== 'converged') return name;
  const others = offered.filter((one) => one !== id).join(', ');
  if (model !== 'lr') throw invalid(option, name, others, 'It needs model lr.');
  if (epochs !== undefined) throw invalid(option, name, id, 'It has no epochs.');
  return name;
}
