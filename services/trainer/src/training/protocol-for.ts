/** The protocol that a request names, for the model and the data of its game. */
import { readProtocolName } from '@theriac/game';
import { invalid, TheriacError } from '@theriac/tensors';
import type { MinibatchSettings, Protocol } from './protocol';
import { plainSgd, protocols } from './protocols';

/**
 * The protocol `name`: an id, or id@n for n epochs, by which schedule and warm-up are stretched. Throws INVALID_ARGUMENT for an
 * unknown one, FAILED_PRECONDITION where model or data do not allow it.
 */
export function protocolFor(
  name: string,
  model: { readonly id: string; readonly softmaxRegression: boolean },
  dataset: { readonly id: string; readonly shape: readonly number[] },
): Protocol {
  const { id, epochs } = readProtocolName(name);
  const definition = protocols.find((candidate) => candidate.id === id);
  if (definition === undefined) {
    const known = protocols.map((candidate) => candidate.id).join(', ');
    throw invalid('protocol', name || '(empty)', known, 'Choose one of these, or one of these with @n for n epochs.');
  }
  if (definition.settings === 'converged') {
    if (!model.softmaxRegression)
      throw refused('The converged defender needs a convex loss.', `converged for model ${model.id}`, 'model lr');
    if (epochs !== undefined)
      throw invalid('protocol', name, 'converged', 'It goes on until the gradient vanishes and has no epochs.');
    return { kind: 'converged', id, iterations: 300, gradientTolerance: 1e-5 };
  }
  const family = model.id.split('-')[0] ?? model.id;
  const image = dataset.shape.length === 3;
  const own = { ...plainSgd, ...definition.settings({ family, colour: image && dataset.shape[2] !== 1 }) };
  if (own.augmentation !== 'none' && !image)
    throw refused(`The protocol ${id} crops and flips images.`, `data set ${dataset.id}`, 'a data set of images');
  return { kind: 'minibatch', id: name, ...(epochs === undefined ? own : withEpochs(own, epochs)) };
}

/** The same training over `epochs` epochs. A decay per epoch stays one per epoch. */
function withEpochs(own: MinibatchSettings, epochs: number): MinibatchSettings {
  const stretch = epochs / own.epochs;
  const { schedule } = own;
  return {
    ...own,
    epochs,
    warmUpEpochs: own.warmUpEpochs * stretch,
    schedule: schedule.kind === 'steps' ? { ...schedule, at: schedule.at.map((epoch) => epoch * stretch) } : schedule,
  };
}

function refused(message: string, found: string, allowed: string): TheriacError {
  return new TheriacError(message, {
    code: 'FAILED_PRECONDITION',
    field: 'protocol',
    found,
    allowed,
    remedy: 'Choose another protocol for this game.',
  });
}
