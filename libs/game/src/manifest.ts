/** Everything that determines a game's result. Same manifest, same bytes; `sha256sum manifest.json` is its digest. */
import { invalid, TheriacError } from '@theriac/tensors';
import type { OptionValues } from './attack';
import { canonicalJson, sha256Hex } from './canonical-json';

export const contractVersion = 'theriac.v1';
const manifestVersion = 1;

/** The engine of one player, as far as it determines results. */
export interface ManifestBackend {
  readonly name: string;
  readonly device: string;
  readonly version: string;
  readonly threads: number;
  readonly compiles: boolean;
}

export interface Manifest {
  readonly version: number;
  readonly contract: string;
  /** Version of Theriac that plays. */
  readonly release: string;
  readonly game: {
    readonly dataset: string;
    /** First rows used; 0: all. */
    readonly trainLimit: number;
    /** Rows held out from the end as mu~. */
    readonly validationCount: number;
    readonly model: string;
    readonly scaling: 'standardised' | 'symmetric' | 'stored';
  };
  /** SHA-256 of the data, or null where the driver does not hold them. */
  readonly dataDigest: string | null;
  /** null: plain training, eps_d = 0. */
  readonly attack: {
    readonly id: string;
    readonly options: OptionValues;
    /** Set where a trainer computed the attack's derivatives, not the attacker itself. */
    readonly follower?: 'remote';
    /** Set where its rows take the place of their base rows. */
    readonly placement?: 'replaced';
  } | null;
  /** eps_d, >= 0; for rows that replace, their share of mu, 1 for everything. */
  readonly poisonFraction: number;
  readonly constraint: { readonly kind: string; readonly radius: number; readonly fixedLabels: boolean };
  /** Canonical text of the defences (`defenceText`); "none". */
  readonly defence: string;
  /** How the attacker trains the clean model it starts from. */
  readonly attackerProtocol: string;
  readonly protocols: readonly string[];
  /** Seed of the attack and of the attacker's clean model. */
  readonly attackSeed: number;
  /** A fresh defender for each. */
  readonly seeds: readonly number[];
  /** Final epochs kept and scored. */
  readonly keepEpochs: number;
  readonly backends: {
    readonly trainer: ManifestBackend;
    readonly attacker: ManifestBackend;
    readonly evaluator: ManifestBackend;
  };
}

/** A manifest of this version and contract. */
export function createManifest(parts: Omit<Manifest, 'version' | 'contract'>): Manifest {
  return { version: manifestVersion, contract: contractVersion, ...parts };
}

/** The bytes of manifest.json. */
export function manifestText(manifest: Manifest): string {
  return canonicalJson(manifest, 'manifest');
}

/** SHA-256 of `manifestText`, 64 hexadecimal digits. */
export function manifestDigest(manifest: Manifest): string {
  return sha256Hex(manifestText(manifest));
}

/** A readable name: data set, model, attack, target, fraction and the first 8 digits of the digest. */
export function runId(manifest: Manifest): string {
  const target = manifest.attack?.options['target'];
  const words = [
    // A path in a data set's id can be longer than a folder's name may be.
    manifest.game.dataset.split('/').at(-1)?.slice(-40) ?? '',
    manifest.game.model,
    manifest.attack?.id ?? 'plain',
    ...(typeof target === 'string' ? [target] : []),
    ...(manifest.constraint.kind === 'none' ? [] : [manifest.constraint.kind]),
    ...(manifest.attack === null ? [] : [String(manifest.poisonFraction)]),
    manifestDigest(manifest).slice(0, 8),
  ];
  return words.map((word) => word.replace(/[^a-zA-Z0-9.+-]/g, '_')).join('-');
}

/** Everything that a clean training's result depends on: games that agree on it share the training. */
export function cleanTrainingDigest(manifest: Manifest, protocol: string, seed: number, keepEpochs: number): string {
  const { contract, game, dataDigest, backends, version, release } = manifest;
  const { trainer, evaluator } = backends;
  // Clean training is defended too: a drop is against the clean accuracy under the same defence.
  const defence = manifest.defence === 'none' ? {} : { defence: manifest.defence };
  const settings = { protocol, seed, keepEpochs, ...defence };
  return sha256Hex(canonicalJson({ version, contract, release, game, dataDigest, ...settings, trainer, evaluator }));
}

export interface Difference {
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

/** The fields in which two values differ, by dotted name. */
export function differences(before: unknown, after: unknown, field = ''): Difference[] {
  if (isRecord(before) && isRecord(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => differences(before[name], after[name], field === '' ? name : `${field}.${name}`));
  }
  const [left, right] = [JSON.stringify(before) ?? 'missing', JSON.stringify(after) ?? 'missing'];
  return left === right ? [] : [{ field, before: left, after: right }];
}

/** Reads manifest.json. Throws DATA_LOSS when it is not one, FAILED_PRECONDITION when another version wrote it. */
export function parseManifest(text: string, where: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (!isRecord(value) || !isRecord(value['game']) || !Array.isArray(value['seeds']) || !isRecord(value['backends']))
    throw new TheriacError(`${where} is not a manifest`, {
      code: 'DATA_LOSS',
      field: where,
      remedy: 'Remove the run directory and play the game again.',
    });
  if (value['version'] !== manifestVersion || value['contract'] !== contractVersion)
    throw new TheriacError(`${where} was written by another version`, {
      code: 'FAILED_PRECONDITION',
      field: where,
      found: `version ${String(value['version'])}, contract ${String(value['contract'])}`,
      allowed: `version ${manifestVersion}, contract ${contractVersion}`,
      remedy: 'Play the game again.',
    });
  return value as unknown as Manifest;
}

/** Refuses to go on with `found` where `expected` was begun. Throws INVALID_ARGUMENT naming the differences. */
export function requireSameManifest(expected: Manifest, found: Manifest): void {
  const [first, ...others] = differences(expected, found);
  if (first === undefined) return;
  const also = others.map(({ field, before, after }) => `${field} is ${after} and was ${before}`);
  throw invalid(
    `manifest.${first.field}`,
    first.after,
    `${first.before}, as when the run was begun`,
    `${also.length === 0 ? '' : `Besides, ${also.join(', ')}. `}Restore that, or play the game again.`,
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
