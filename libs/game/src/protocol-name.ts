/** Names of training protocols: `id`, or `id@n`, the same protocol with n epochs instead of its own number. */
import { invalid } from '@theriac/tensors';

/** Most epochs that a name may ask for. */
const mostEpochs = 10000;

/** A protocol as it is asked for. */
export interface ProtocolName {
  readonly id: string;
  /** undefined: the protocol's own number. */
  readonly epochs: number | undefined;
}

/** Reads `id` or `id@n`. Throws INVALID_ARGUMENT naming `field` when n is not a whole number from 1 to 10000. */
export function readProtocolName(text: string, field = 'protocol'): ProtocolName {
  const at = text.indexOf('@');
  if (at < 0) return { id: text, epochs: undefined };
  const [id, digits] = [text.slice(0, at), text.slice(at + 1)];
  const epochs = /^[1-9]\d{0,4}$/.test(digits) ? Number(digits) : NaN;
  if (id !== '' && epochs >= 1 && epochs <= mostEpochs) return { id, epochs };
  throw invalid(
    field,
    text,
    `a protocol id, or id@n with n epochs, n a whole number from 1 to ${mostEpochs}`,
    `For example ${id || 'p-gc'}@20.`,
  );
}

/** The text of a name. */
export function protocolName({ id, epochs }: ProtocolName): string {
  return epochs === undefined ? id : `${id}@${epochs}`;
}
