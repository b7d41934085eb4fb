import { invalid } from '@theriac/tensors';

/** What may be done to the mixture before training. A defence never sees which rows are poison. */
export const defences: readonly { readonly id: string; readonly summary: string; readonly source: string }[] = [
  { id: 'none', summary: 'train on everything that came', source: 'the undefended trainer of the lecture' },
];

/** Throws INVALID_ARGUMENT for an unknown defence; empty means none. */
export function requireDefence(id: string): void {
  if (id !== '' && !defences.some((defence) => defence.id === id))
    throw invalid('defence', id, defences.map((defence) => defence.id).join(', '), 'Choose one of these.');
}
