/** The attacker's methods: check the request, ask the compute worker, answer. */
import {
  backendMessage,
  fractionOf,
  observed,
  optionMessage,
  poisonMessage,
  progressMessage,
  readVector,
  requireRange,
  sliceBudget,
  vectorBundle,
} from '@theriac/board/wire';
import { placements } from '@theriac/contract';
import { AttackerServiceService, FollowerKind } from '@theriac/contract/attacker';
import type { AttackDescription, CraftOutcome } from '@theriac/contract/attacker';
import type { Limits, OptionValue as WireValue, Signal as WireSignal } from '@theriac/contract/game';
import { contractVersion } from '@theriac/game';
import type { Attack, OptionValue, Signal } from '@theriac/game';
import { computeItems, implement, spanNames } from '@theriac/service-kit';
import type { BlobStore, Compute, ImplementedService } from '@theriac/service-kit';
import { invalid } from '@theriac/tensors';
import { attacks } from './attacks/registry';
import type { AttackerMethods, Crafted } from './compute/methods';
import { constraints } from './constraints';

/** The attacker over its compute, with the followers it can play against. */
export function attackerService(
  compute: Compute<AttackerMethods>,
  limits: Limits,
  followers: readonly FollowerKind[],
): ImplementedService {
  return implement(AttackerServiceService, {
    async describe() {
      return {
        contract: contractVersion,
        attacks: attacks.map(attackMessage),
        constraints: [...constraints],
        backend: backendMessage(await compute.call('describe', null)),
        limits,
        followers: [...followers],
      };
    },

    async *craft(request, { blobs, signal }) {
      const input = {
        game: request.game,
        attack: request.attack,
        options: Object.fromEntries(
          Object.entries(request.options).map(([name, value]) => [name, optionOf(name, value)]),
        ),
        fraction: fractionOf(request.poisonFraction),
        constraint: request.constraint,
        cleanParameters: await readVector(request.cleanParameters, blobs, 'parameters', 'clean_parameters'),
        seed: requireRange(request.seed, 0, Number.MAX_SAFE_INTEGER, 'seed'),
        sliceSeconds: sliceBudget(request.sliceSeconds, limits),
        state: request.resumeFrom === undefined ? undefined : await blobs.get(request.resumeFrom, 'resume_from'),
        follower: followerOf(request.follower),
      };
      const items = computeItems(compute, 'craft', input, signal);
      for await (const item of observed(items, spanNames.leaderStep, request.attack)) {
        if (item.kind === 'event') {
          yield { event: { $case: 'progress', value: progressMessage(item.event) } };
          continue;
        }
        const { state, step, of, done, outcome } = item.output;
        const checkpoint = { state: await blobs.put(state), step, of, done };
        const crafted = outcome === undefined ? undefined : await craftOutcome(outcome, blobs);
        yield { event: { $case: 'end', value: { checkpoint, outcome: crafted } } };
      }
    },

    async *corrupt(request, { blobs, signal }) {
      const input = {
        game: request.game,
        cleanParameters: await readVector(request.cleanParameters, blobs, 'parameters', 'clean_parameters'),
        epsilonW: requireRange(request.epsilonW, Number.MIN_VALUE, Number.MAX_VALUE, 'epsilon_w'),
        seed: requireRange(request.seed, 0, Number.MAX_SAFE_INTEGER, 'seed'),
        sliceSeconds: sliceBudget(request.sliceSeconds, limits),
        state: request.resumeFrom === undefined ? undefined : await blobs.get(request.resumeFrom, 'resume_from'),
      };
      const items = computeItems(compute, 'corrupt', input, signal);
      for await (const item of observed(items, spanNames.leaderStep, 'gradpc')) {
        if (item.kind === 'event') {
          yield { event: { $case: 'progress', value: progressMessage(item.event) } };
          continue;
        }
        const { state, step, of, done, outcome } = item.output;
        const checkpoint = { state: await blobs.put(state), step, of, done };
        const corrupted = outcome && {
          parameters: await vectorBundle('parameters', outcome.parameters, blobs),
          distance: outcome.distance,
          seconds: outcome.seconds,
        };
        yield { event: { $case: 'end', value: { checkpoint, outcome: corrupted } } };
      }
    },
  });
}

async function craftOutcome(crafted: Crafted, blobs: BlobStore): Promise<CraftOutcome> {
  const { poison, placement, target, residual, signals, flags, seconds, metrics } = crafted;
  return {
    poison: await poisonMessage(poison, placement, blobs),
    poisonCount: poison.count,
    target: target && { ...target, parameters: await vectorBundle('parameters', target.parameters, blobs) },
    residual,
    flags: [...flags],
    seconds,
    metrics: { ...metrics },
    ...(signals.length === 0 ? {} : { signals: { signals: signals.map(signalMessage) } }),
  };
}

function signalMessage({ name, features, values, target }: Signal): WireSignal {
  return { name, features: [...features], values: [...values], target };
}

function attackMessage({ id, summary, source, options, needs, placement = 'added' }: Attack): AttackDescription {
  return {
    id,
    summary,
    source,
    options: options.map(optionMessage),
    needs: [...needs],
    placement: placements.toValue(placement),
  };
}

function optionOf(name: string, { value }: WireValue): OptionValue {
  if (value === undefined)
    throw invalid(`options.${name}`, 'nothing', 'a number, a text or a flag', 'Set one of them.');
  return value.value;
}

function followerOf(kind: FollowerKind): 'local' | 'remote' {
  if (kind === FollowerKind.UNSPECIFIED || kind === FollowerKind.LOCAL) return 'local';
  if (kind === FollowerKind.REMOTE) return 'remote';
  throw invalid('follower', kind, 'FOLLOWER_KIND_LOCAL, FOLLOWER_KIND_REMOTE', 'Choose one of these.');
}
