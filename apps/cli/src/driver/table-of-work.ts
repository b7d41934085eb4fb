/** What a game consists of, in the order in which it is played; all of it follows from the manifest. */
import type { Manifest } from '@theriac/game';

export interface TrainingTask {
  readonly kind: 'training';
  /** Names the record and the files of this training. */
  readonly key: string;
  readonly label: string;
  readonly protocol: string;
  readonly seed: number;
  readonly poisoned: boolean;
  /** Whether the manifest's defences act on it: on every defender, not on the attacker's own model. */
  readonly defended: boolean;
  readonly keepEpochs: number;
}

export type Task =
  | TrainingTask
  | { readonly kind: 'craft'; readonly key: 'craft'; readonly label: string }
  | { readonly kind: 'verify'; readonly key: 'verify'; readonly label: string };

/** The attacker's own clean model, which it crafts from. */
export function attackerTask(manifest: Pick<Manifest, 'attackerProtocol' | 'attackSeed'>): TrainingTask {
  return {
    kind: 'training',
    key: 'attacker-clean',
    label: `train the attacker's clean model (${manifest.attackerProtocol})`,
    protocol: manifest.attackerProtocol,
    seed: manifest.attackSeed,
    poisoned: false,
    defended: false,
    keepEpochs: 1,
  };
}

/** The seeds of a protocol: `converged` minimises a convex loss, so one of them stands for all. */
export function seedsOf(manifest: Pick<Manifest, 'seeds'>, protocol: string): readonly number[] {
  return protocol === 'converged' ? manifest.seeds.slice(0, 1) : manifest.seeds;
}

/** Every defender: one per protocol and seed. */
export function defenderTasks(manifest: Manifest, poisoned: boolean): TrainingTask[] {
  return manifest.protocols.flatMap((protocol) =>
    seedsOf(manifest, protocol).map((seed) => ({
      kind: 'training' as const,
      key: `${poisoned ? 'poisoned' : 'clean'}-${protocol}-${seed}`,
      label: `${poisoned ? 'retrain on poisoned data' : 'train on clean data'}: ${protocol}, seed ${seed}`,
      protocol,
      seed,
      poisoned,
      defended: true,
      keepEpochs: manifest.keepEpochs,
    })),
  );
}

/** The whole game. Without an attack: clean training only. */
export function tableOfWork(manifest: Manifest): Task[] {
  if (manifest.attack === null) return defenderTasks(manifest, false);
  return [
    attackerTask(manifest),
    ...defenderTasks(manifest, false),
    { kind: 'craft', key: 'craft', label: `craft the poison: ${manifest.attack.id}` },
    { kind: 'verify', key: 'verify', label: 'verify the poison' },
    ...defenderTasks(manifest, true),
  ];
}
