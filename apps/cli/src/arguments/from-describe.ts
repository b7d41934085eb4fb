/** What the services say they offer decides the rest of a game's settings: attack and options, model, protocols, engines. */
import { placements } from '@theriac/contract';
import { FollowerKind } from '@theriac/contract/attacker';
import type { AttackDescription, AttackerServiceDescribeResponse } from '@theriac/contract/attacker';
import type { EvaluatorServiceDescribeResponse } from '@theriac/contract/evaluator';
import type { BackendDescription, OptionSchema, OptionValue as WireOption } from '@theriac/contract/game';
import type { TrainerServiceDescribeResponse } from '@theriac/contract/trainer';
import { isOwnData } from '@theriac/datasets';
import {
  contractVersion,
  createManifest,
  defenceKinds,
  defenceText,
  parseDefences,
  parseOptions,
  requirePlaceable,
} from '@theriac/game';
import type {
  DefenceDescription,
  Manifest,
  ManifestBackend,
  OptionSpec,
  OptionValue,
  Placement,
  PoisonFraction,
} from '@theriac/game';
import { invalid, TheriacError } from '@theriac/tensors';
import { version } from '../version';
import { oneOf } from './game-settings';
import type { GameSettings } from './game-settings';
import { attackerProtocolOf, defenderProtocolsOf, keptEpochsOf } from './protocol-choice';

export interface Descriptions {
  readonly trainer: TrainerServiceDescribeResponse;
  readonly attacker: AttackerServiceDescribeResponse;
  readonly evaluator: EvaluatorServiceDescribeResponse;
}

/** The manifest of a game between these players. Throws INVALID_ARGUMENT for what they do not offer. */
export function manifestOf(settings: GameSettings, found: Descriptions, dataDigest: string | null): Manifest {
  requireContract(found);
  const models = found.trainer.models.map(({ id }) => id);
  const model = oneOf('model', settings.game.model, models);
  for (const [role, { datasets }] of [
    ['trainer', found.trainer],
    ['evaluator', found.evaluator],
  ] as const)
    if (!isOwnData(settings.game.dataset) && !datasets.includes(settings.game.dataset))
      throw invalid('--dataset', settings.game.dataset, datasets.join(', '), `The ${role} does not offer it.`);
  const attack = settings.attack === null ? null : attackOf(settings.attack, found.attacker);
  const protocols = found.trainer.protocols.map(({ id }) => id);
  return createManifest({
    release: version,
    game: settings.game,
    dataDigest,
    attack,
    poisonFraction: ratioOf(settings.poisonFraction, attack?.placement ?? 'added'),
    constraint: settings.constraint,
    defence: defenceText(parseDefences(settings.defence, defenceCatalogue(found.trainer))),
    attackerProtocol: attackerProtocolOf(settings.attackerProtocol, model, attack?.id, protocols),
    protocols: defenderProtocolsOf(settings.protocols, model, protocols),
    attackSeed: settings.attackSeed,
    seeds: settings.seeds,
    keepEpochs: keptEpochsOf(model),
    backends: {
      trainer: backendOf(found.trainer.backend, 'trainer'),
      attacker: backendOf(found.attacker.backend, 'attacker'),
      evaluator: backendOf(found.evaluator.backend, 'evaluator'),
    },
  });
}

/** An attack the attacker offers. Throws INVALID_ARGUMENT naming those it has. */
export function findAttack(id: string, offered: readonly AttackDescription[]): AttackDescription {
  const attack = offered.find((candidate) => candidate.id === id);
  if (attack !== undefined) return attack;
  throw invalid('--attack', id, offered.map((one) => one.id).join(', '), 'See `theriac attacks`.');
}

/** The defences that a trainer offers. */
export function defenceCatalogue(trainer: TrainerServiceDescribeResponse): DefenceDescription[] {
  return trainer.defences.flatMap(({ id, summary, source }) => {
    const schema = trainer.defenceSchemas.find((candidate) => candidate.id === id);
    const kind = defenceKinds.find((known) => known === schema?.kind);
    return schema === undefined || kind === undefined
      ? []
      : [{ id, summary, source, kind, options: optionSpecs(schema) }];
  });
}

/** The option schema as libs/game states it. */
export function optionSpecs({ options }: { readonly options: readonly OptionSchema[] }): OptionSpec[] {
  return options.map((option: OptionSchema) => ({
    name: option.name,
    type: optionType(option.type),
    description: option.description,
    default: optionValue(option.defaultValue),
    ...(option.unit === '' ? {} : { unit: option.unit }),
    ...(option.minimum === undefined ? {} : { minimum: option.minimum }),
    ...(option.maximum === undefined ? {} : { maximum: option.maximum }),
    ...(option.choices.length === 0 ? {} : { choices: option.choices }),
  }));
}

function attackOf(
  { id, given, follower }: NonNullable<GameSettings['attack']>,
  attacker: AttackerServiceDescribeResponse,
) {
  const attack = findAttack(id, attacker.attacks);
  if (follower === 'remote' && !attacker.followers.includes(FollowerKind.REMOTE))
    throw invalid('--follower', follower, 'local', 'Start the attacker with --trainer ADDRESS.');
  const options = parseOptions(optionSpecs(attack), given, id);
  const replaced = placements.toName(attack.placement) === 'replaced';
  return {
    id,
    options,
    ...(follower === undefined ? {} : { follower }),
    ...(replaced ? { placement: 'replaced' as const } : {}),
  };
}

/** eps_d of the manifest: everything is a share of 1. Throws for a fraction that rows so placed cannot have. */
function ratioOf(epsilonD: number, placement: Placement): number {
  const everything = epsilonD === Infinity;
  const fraction: PoisonFraction = everything ? { kind: 'everything' } : { kind: 'ratio', epsilonD };
  requirePlaceable(fraction, placement, '--poison-fraction');
  return everything ? 1 : epsilonD;
}

function optionType(type: string): OptionSpec['type'] {
  return type === 'number' || type === 'integer' || type === 'boolean' ? type : 'string';
}

function optionValue(option: WireOption | undefined): OptionValue {
  return option?.value?.value ?? '';
}

function backendOf(backend: BackendDescription | undefined, role: string): ManifestBackend {
  if (backend === undefined)
    throw new TheriacError(`the ${role} does not say what it computes with`, {
      code: 'DATA_LOSS',
      field: 'backend',
      remedy: 'Look at its log.',
    });
  const { name, device, version, threads, compiles } = backend;
  return { name, device, version, threads, compiles };
}

function requireContract(found: Descriptions): void {
  for (const role of ['trainer', 'attacker', 'evaluator'] as const)
    if (found[role].contract !== contractVersion)
      throw new TheriacError(`the ${role} speaks another contract`, {
        code: 'FAILED_PRECONDITION',
        field: `${role}.contract`,
        found: found[role].contract,
        allowed: contractVersion,
        remedy: 'Start a service of the same release.',
      });
}
