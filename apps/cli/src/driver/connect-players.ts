/** Connections to the three services, and what they say of themselves. */
import { AttackerServiceClient } from '@theriac/contract/attacker';
import { EvaluatorServiceClient } from '@theriac/contract/evaluator';
import { TrainerServiceClient } from '@theriac/contract/trainer';
import { blobsOf, callUnary, connect } from '@theriac/service-kit';
import type { CallSettings, ClientClass, ConnectOptions } from '@theriac/service-kit';
import type { Descriptions } from '../arguments/from-describe';
import type { Player, Players, Role } from './players';

type AnyClient = Players[Role]['client'];

/** Connects to services at these addresses; nothing is called yet. The caller closes. */
export function connectPlayers(addresses: Readonly<Record<Role, string>>, options: ConnectOptions = {}): Players {
  const open: AnyClient[] = [];
  function player<C extends AnyClient>(role: Role, client: ClientClass<C>): Player<C> {
    const made = connect(client, addresses[role], options);
    open.push(made);
    return { role, address: addresses[role], client: made, blobs: blobsOf(made) };
  }
  return {
    trainer: player('trainer', TrainerServiceClient),
    attacker: player('attacker', AttackerServiceClient),
    evaluator: player('evaluator', EvaluatorServiceClient),
    close: () => open.forEach((client) => client.close()),
  };
}

/** Asks all three what they offer. */
export async function describePlayers(players: Players, settings: CallSettings): Promise<Descriptions> {
  const [trainer, attacker, evaluator] = await Promise.all([
    callUnary(players.trainer.client, 'describe', {}, settings),
    callUnary(players.attacker.client, 'describe', {}, settings),
    callUnary(players.evaluator.client, 'describe', {}, settings),
  ]);
  return { trainer, attacker, evaluator };
}
