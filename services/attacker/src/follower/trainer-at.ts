/** The trainer that this attacker was started with, and whether it can answer what an attack asks. */
import { TrainerServiceClient } from '@theriac/contract/trainer';
import type { GameSpec } from '@theriac/contract/game';
import type { Attack } from '@theriac/game';
import { addressesIn, callUnary, connectToOneOf, repeatedly } from '@theriac/service-kit';
import { invalid, TheriacError } from '@theriac/tensors';
import { remoteFollower, trainerPatience } from './remote-follower';
import type { RemoteFollower, RemoteGame } from './remote-follower';

/** Where a trainer is; a setting of the attacker, never part of a request. */
export interface TrainerAddress {
  /** Of several replicas, with commas between. */
  readonly address: string;
  readonly allowPlaintext: boolean;
  /** Folder of the attacker's certificate, for mutual TLS. */
  readonly tls?: string;
}

/** Opens followers at one trainer. */
export interface TrainerAt {
  /** A follower for `attack`. Throws FAILED_PRECONDITION, naming the methods, when the trainer lacks what the attack needs. */
  followerFor(attack: Attack, game: RemoteGame): Promise<RemoteFollower>;
  close(): void;
}

/** Methods of a trainer that each need of an attack stands for. */
const methodsOf: Readonly<Record<Attack['needs'][number], readonly string[]>> = {
  gradient: ['Gradient', 'Descend'],
  'hessian-vector': ['HessianVectorProduct', 'InverseHessianVectorProduct'],
  mixed: ['PoisonVectorProduct'],
};

/** The trainer at an address, connected by the first call; it gives way to another replica. The caller closes it. */
export function trainerAt({ address, ...connection }: TrainerAddress): TrainerAt {
  const trainer = connectToOneOf(TrainerServiceClient, addressesIn(address, 'trainer'), connection);
  return {
    async followerFor(attack, game) {
      let lost = false;
      const describe = async () => {
        if (lost) await trainer.recover();
        return callUnary(trainer.client, 'describe', {}, { deadlineSeconds: 120 });
      };
      const offered = await repeatedly(describe, { patience: trainerPatience, onFailure: () => void (lost = true) });
      requireModel(
        game.spec,
        offered.models.map(({ id }) => id),
      );
      requireOracles(address, attack, offered.oracles);
      return remoteFollower(trainer, game);
    },
    close: () => trainer.close(),
  };
}

/** Throws FAILED_PRECONDITION, naming the methods, when the trainer at `address` does not offer what `attack` needs. */
export function requireOracles(
  address: string,
  { id, needs }: Pick<Attack, 'id' | 'needs'>,
  offered: readonly string[],
): void {
  const wanted = needs.flatMap((need) => methodsOf[need]);
  const missing = wanted.filter((name) => !offered.includes(name));
  if (missing.length > 0)
    throw new TheriacError(`The trainer at ${address} does not answer what attack ${id} asks.`, {
      code: 'FAILED_PRECONDITION',
      field: 'follower',
      found: `no ${missing.join(', ')}`,
      allowed: `a trainer that answers ${wanted.join(', ')}`,
      remedy: 'Start a trainer whose engine has second derivatives, or craft with the local follower.',
    });
}

function requireModel({ model }: GameSpec, offered: readonly string[]): void {
  if (!offered.includes(model))
    throw invalid('game.model', model, offered.join(', '), 'The trainer of the remote follower offers these.');
}
