/**
 * Critical mass alpha* = the least share of members with S(alpha) >= S*, measured: games of one size after another, by doubling
 * and bisection (S is taken to be monotone), beside the share from which theory promises as much.
 * Source: Hardt, Mazumdar, Mendler-Duenner, Zrnic (ICML 2023); the parameters of the bound are estimates, our reading.
 */
import type { Dataset } from '@theriac/datasets';
import { criticalMassBound, searchCriticalMass } from '@theriac/game';
import type { CriticalMassSearch, PlantingStrategy, ResultCard, Spread } from '@theriac/game';
import { invalid, TheriacError } from '@theriac/tensors';
import type { GameSettings } from '../arguments/game-settings';

/** One size that was tried. */
export interface SizeTried {
  readonly members: number;
  readonly alpha: number;
  /** Of the first signal, percent. */
  readonly success: Spread;
  readonly accuracy: number | null;
  /** Id of the game's run. */
  readonly run: string;
}

export interface CriticalMassDocument {
  readonly dataset: string;
  readonly model: string;
  readonly defence: string;
  readonly options: ResultCard['options'];
  readonly protocol: string;
  readonly seeds: readonly number[];
  /** S*, percent. */
  readonly level: number;
  /** Rows of mu. */
  readonly rows: number;
  /** The least number of members that sufficed, and the most that did not; null where none sufficed. */
  readonly members: number | null;
  readonly below: number;
  /** alpha*, as a share of the rows. */
  readonly alpha: number | null;
  /** The share from which theory promises S*; null where it promises nothing. */
  readonly bound: number | null;
  /** What the attack estimated. */
  readonly figures: Readonly<Record<string, number>>;
  readonly tried: readonly SizeTried[];
  readonly seconds: number;
  readonly backend: string;
  readonly machine: ResultCard['machine'];
}

/** Plays one game of a search; what `playSettings` is. */
export type PlayOne = (settings: GameSettings) => Promise<ResultCard>;

/** The rows of mu, which a share is of. Throws FAILED_PRECONDITION where they cannot be counted. */
export function cleanRows({ game }: GameSettings, data: Dataset | undefined): number {
  const rows = data?.train.count ?? game.trainLimit;
  if (rows > 0) return rows - game.validationCount;
  throw new TheriacError('How many rows the data set has is not known here.', {
    code: 'FAILED_PRECONDITION',
    field: '--train-limit',
    found: '0, with data that only the services have',
    allowed: 'a number of rows',
    remedy: 'Say how many rows to use.',
  });
}

/** Searches the critical mass for success of `level` percent. Throws INVALID_ARGUMENT for an attack without signals. */
export async function criticalMassOf(
  settings: GameSettings,
  rows: number,
  { level, ...search }: CriticalMassSearch & { readonly level: number },
  play: PlayOne,
): Promise<CriticalMassDocument> {
  const started = performance.now();
  const steps = searchCriticalMass(search);
  const tried: SizeTried[] = [];
  let last: ResultCard | undefined;
  let step = steps.next();
  while (step.done !== true) {
    const members = step.value;
    last = await play({ ...settings, poisonFraction: members / rows });
    const size = sizeTried(last, members, rows);
    tried.push(size);
    step = steps.next((size.success.mean ?? 0) >= level);
  }
  if (last === undefined) throw invalid('--from', search.from, 'at least one member');
  const { members, below } = step.value;
  return {
    dataset: last.dataset,
    model: last.model,
    defence: last.defence,
    options: last.options,
    protocol: last.protocols[0]?.name ?? '',
    seeds: last.seeds,
    level,
    rows,
    members: members ?? null,
    below,
    alpha: members === undefined ? null : members / rows,
    bound: boundOf(last, level),
    figures: last.figures ?? {},
    tried,
    seconds: (performance.now() - started) / 1000,
    backend: last.backend,
    machine: last.machine,
  };
}

function sizeTried({ protocols, id }: ResultCard, members: number, rows: number): SizeTried {
  const [protocol] = protocols;
  const success = protocol?.signals?.[0]?.success;
  if (protocol === undefined || success === undefined)
    throw invalid('--attack', 'an attack without signals', 'collective-action', 'Critical mass is of a signal.');
  return { members, alpha: members / rows, success, accuracy: protocol.poisoned.mean, run: id };
}

/** The bound of one collective that plants its signal; of others nothing is known here. */
function boundOf({ options, signals, figures }: ResultCard, level: number): number | null {
  const strategy = options['strategy'];
  if (strategy !== 'feature-label' && strategy !== 'feature-only') return null;
  const { uniqueness, gap, suboptimality, targetFloor } = figures ?? {};
  if (uniqueness === undefined || gap === undefined || suboptimality === undefined || targetFloor === undefined)
    return null;
  if (signals?.length !== 1) return null;
  const planting: PlantingStrategy = strategy;
  return criticalMassBound(planting, level / 100, { uniqueness, gap, suboptimality, targetFloor }) ?? null;
}
