/** Data for the checks that are here and that the services name. */
import { inspectDataset } from '@theriac/datasets';
import { callUnary } from '@theriac/service-kit';
import type { CallSettings } from '@theriac/service-kit';
import { TheriacError } from '@theriac/tensors';
import type { Players, Role } from '../driver/players';

/** In order of preference; the last two are made here. */
const candidates = ['mnist', 'synthetic-digits', 'gaussians'];

/** The first of a few data sets that lies here and that these services have. Throws FAILED_PRECONDITION where there is none. */
export async function commonDataset(
  { trainer, evaluator }: Players,
  roles: readonly Role[],
  settings: CallSettings,
): Promise<string> {
  // An attacker does not say which data sets it has.
  const offered = [
    ...(roles.includes('trainer') ? [await callUnary(trainer.client, 'describe', {}, settings)] : []),
    ...(roles.includes('evaluator') ? [await callUnary(evaluator.client, 'describe', {}, settings)] : []),
  ].map(({ datasets }) => datasets);
  for (const id of candidates) if (offered.every((ids) => ids.includes(id)) && (await isHere(id))) return id;
  throw new TheriacError('There are no data that both sides have', {
    code: 'FAILED_PRECONDITION',
    field: '--dataset',
    found: offered.map((ids) => ids.join(', ')).join('; '),
    allowed: candidates.join(', '),
    remedy: 'Name another with --dataset, or set THERIAC_DATA to the folder that holds it.',
  });
}

const isHere = (id: string): Promise<boolean> =>
  inspectDataset(id).then(
    () => true,
    () => false,
  );
