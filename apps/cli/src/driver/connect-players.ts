/** Connections to the three services, and what they say of themselves. */
import { AttackerServiceClient } from '@theriac/contract/attacker';
import { EvaluatorServiceClient } from '@theriac/contract/evaluator';
import { TrainerServiceClient } from '@theriac/contract/trainer';
import type { BackendDescription } from '@theriac/contract/game';
import { addressesIn, callUnary, connectToOneOf, standardPatience } from '@theriac/service-kit';
import type { CallSettings, ClientClass, ConnectOptions, Patience } from '@theriac/service-kit';
import { TheriacError } from '@theriac/tensors';
import type { Descriptions } from '../arguments/from-describe';
import { persistently } from './persistence';
import { roles } from './players';
import type { Player, Players, Role } from './players';

type AnyClient = Players[Role]['client'];

export interface PlayersOptions extends ConnectOptions {
  readonly patience?: Patience;
  /** Starts a service of this process anew and says what became of it; undefined: not one of this process. */
  readonly restart?: (role: Role) => (() => Promise<string>) | undefined;
}

/** Seconds within which a service tells what it offers: its engine has to be there. */
const describeSeconds = 120;
/** What was given as an address may be mistyped: that is to be said soon. */
const firstPatience = { attempts: 3, firstWaitSeconds: 0.2, longestWaitSeconds: 1, busySeconds: 60 };

/** Connects to services at these addresses (several: with commas between); nothing is called yet. The caller closes. */
export function connectPlayers(addresses: Readonly<Record<Role, string>>, options: PlayersOptions = {}): Players {
  const { patience = standardPatience, restart, ...connection } = options;
  const open: { close(): void }[] = [];

  function player<C extends AnyClient>(
    role: Role,
    client: ClientClass<C>,
    backendOf: (client: C, settings: CallSettings) => Promise<BackendDescription | undefined>,
  ): Player<C> {
    let why = '';
    let wanted: BackendDescription | undefined;
    const again = restart?.(role);
    const replicas = connectToOneOf(client, spread(addressesIn(addresses[role], role)), {
      ...connection,
      async admit(found, signal) {
        if (wanted === undefined) return;
        requireSameEngine(role, wanted, await backendOf(found, { signal, deadlineSeconds: describeSeconds }));
      },
      ...(again === undefined ? {} : { restart: async () => void (why = await again()) }),
    });
    open.push(replicas);
    return {
      role,
      get address() {
        return replicas.address;
      },
      get client() {
        return replicas.client;
      },
      get blobs() {
        return replicas.blobs;
      },
      expect: (backend) => void (wanted = backend),
      async recover(signal) {
        why = '';
        return { how: await replicas.recover(signal), why };
      },
    };
  }

  return {
    trainer: player('trainer', TrainerServiceClient, async (found, settings) => {
      return (await callUnary(found, 'describe', {}, settings)).backend;
    }),
    attacker: player('attacker', AttackerServiceClient, async (found, settings) => {
      return (await callUnary(found, 'describe', {}, settings)).backend;
    }),
    evaluator: player('evaluator', EvaluatorServiceClient, async (found, settings) => {
      return (await callUnary(found, 'describe', {}, settings)).backend;
    }),
    patience,
    watchers: new Set(),
    close: () => open.forEach((each) => each.close()),
  };
}

/** Asks all three what they offer. Whoever takes the place of one of them later has to compute with the same engine. */
export async function describePlayers(players: Players, settings: CallSettings): Promise<Descriptions> {
  const { signal = new AbortController().signal } = settings;
  const asked = { players: { ...players, patience: firstPatience }, signal };
  const own = { signal, deadlineSeconds: describeSeconds };
  const { trainer, attacker, evaluator } = players;
  const [ofTrainer, ofAttacker, ofEvaluator] = await Promise.all([
    persistently(asked, ['trainer'], 'asking the trainer', () => callUnary(trainer.client, 'describe', {}, own)),
    persistently(asked, ['attacker'], 'asking the attacker', () => callUnary(attacker.client, 'describe', {}, own)),
    persistently(asked, ['evaluator'], 'asking the evaluator', () => callUnary(evaluator.client, 'describe', {}, own)),
  ]);
  const found = { trainer: ofTrainer, attacker: ofAttacker, evaluator: ofEvaluator };
  for (const role of roles) players[role].expect(found[role].backend);
  return found;
}

/** Drivers that are given the same replicas begin with different ones; which one it is changes no result. */
function spread(addresses: readonly string[]): string[] {
  const from = process.pid % addresses.length;
  return [...addresses.slice(from), ...addresses.slice(0, from)];
}

function requireSameEngine(role: Role, wanted: BackendDescription, found: BackendDescription | undefined): void {
  const text = (info: BackendDescription | undefined): string =>
    info === undefined ? 'none' : `${info.name} ${info.version} on ${info.device}, ${info.threads} threads`;
  if (text(found) === text(wanted)) return;
  throw new TheriacError(`the ${role} that could take over computes with another engine`, {
    code: 'FAILED_PRECONDITION',
    field: role,
    found: text(found),
    allowed: text(wanted),
    remedy: 'Start one with the engine that the game began with, then run `theriac resume`.',
  });
}
