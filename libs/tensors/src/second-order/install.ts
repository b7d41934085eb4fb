/** Makes TensorFlow.js differentiate gradients correctly, on every backend. Idempotent. */
import { guardCustomGradients } from './custom-gradient-guard';
import { registerMissingGradients } from './gradients';
import { mendSavedOutputs } from './saved-outputs';
import { engine } from './tape';

const installed = Symbol.for('theriac.secondOrder');

export function installSecondOrder(): void {
  const target = engine() as ReturnType<typeof engine> & { [installed]?: true };
  if (target[installed]) return;
  target[installed] = true;
  mendSavedOutputs(target);
  guardCustomGradients(target);
  registerMissingGradients();
}
