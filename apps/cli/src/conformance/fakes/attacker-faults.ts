/** Attackers that are wrong in one way each. */
import type {
  AttackerServiceDescribeResponse,
  CorruptOutcome,
  CorruptRequest,
  CraftOutcome,
  CraftRequest,
  CraftResponse,
} from '@theriac/contract/attacker';
import { answers, requests, wrapped } from './altered';
import type { Alteration } from './altered';
import { changed } from './changed';
import { nameless, otherStatus, tensorFaults } from './faults';
import type { Fault } from './faults';
import { deaf, slowToSay, withoutProgress } from './slice-faults';

type About = AttackerServiceDescribeResponse;
const about = (change: (about: About) => Partial<About>): Alteration =>
  answers<About>('describe', (found) => ({ ...found, ...change(found) }));

interface End<O> {
  readonly event?:
    | { readonly $case: string; readonly value: { readonly outcome?: O | undefined; readonly checkpoint?: object } }
    | undefined;
}
const outcomes = <O, Q>(method: string, change: (outcome: O, request: Q) => Partial<O>): Alteration =>
  answers<End<O>, Q>(method, (answer, request) => {
    const { event } = answer;
    const outcome = event?.$case === 'end' ? event.value.outcome : undefined;
    if (event === undefined || outcome === undefined) return answer;
    return { event: { ...event, value: { ...event.value, outcome: { ...outcome, ...change(outcome, request) } } } };
  });
const crafted = (change: (outcome: CraftOutcome, request: CraftRequest) => Partial<CraftOutcome>): Alteration =>
  outcomes<CraftOutcome, CraftRequest>('craft', change);
const corrupted = (change: (outcome: CorruptOutcome, request: CorruptRequest) => Partial<CorruptOutcome>): Alteration =>
  outcomes<CorruptOutcome, CorruptRequest>('corrupt', change);
const standing = (method: string): Alteration =>
  answers<CraftResponse>(method, ({ event }) => {
    if (event?.$case !== 'end' || event.value.checkpoint?.done !== false) return { event };
    return { event: { ...event, value: { ...event.value, checkpoint: { ...event.value.checkpoint, step: 1 } } } };
  });

export const attackerFaults: readonly Fault[] = [
  ...tensorFaults('corrupt', 'cleanParameters'),
  ['an attack twice', 'describe.lists', about(({ attacks }) => ({ attacks: [...attacks, ...attacks] }))],
  [
    'a default beyond its range',
    'attacks.options',
    about(({ attacks }) => ({
      attacks: attacks.map((attack) => ({
        ...attack,
        options: attack.options.map((option) => ({ ...option, maximum: 2 })),
      })),
    })),
  ],
  ['an attack that breaks', 'attacks.begin', wrapped('craft', () => broken)],
  [
    'a follower that it does not name',
    'attacks.followers',
    requests<CraftRequest>('craft', (request) => ({ ...request, follower: 1 })),
  ],
  ['checkpoints that stand still', 'craft.slices', standing('craft')],
  ['a draw that no seed decides', 'craft.replay', drawnAnew('craft')],
  [
    'a resumption that is not exact',
    'craft.resume',
    crafted(({ residual }, { resumeFrom }) => ({
      residual: residual && { ...residual, after: residual.after + (resumeFrom === undefined ? 0 : 1e-9) },
    })),
  ],
  ['a foreign state called a wrong argument', 'craft.foreign-state', otherStatus('craft', 'INVALID_ARGUMENT')],
  ['no progress', 'craft.budget', withoutProgress('craft')],
  ['a Describe that waits', 'craft.busy', slowToSay],
  ['work that goes on after its call', 'craft.cancel', deaf('craft')],
  ['one row too many said', 'craft.outcome', crafted(({ poisonCount }) => ({ poisonCount: poisonCount + 1 }))],
  [
    'a Gamma that is not kept',
    'craft.gamma',
    requests<CraftRequest>('craft', (request) => ({ ...request, constraint: undefined })),
  ],
  [
    'a residual that is not that of its rows',
    'craft.residual',
    crafted(({ residual }) => ({ residual: residual && { ...residual, after: residual.after / 2 } })),
  ],
  [
    'a seed without its sign',
    'craft.refusals',
    requests<CraftRequest>('craft', (request) => ({ ...request, seed: Math.abs(request.seed) })),
  ],
  ['checkpoints of corruption that stand still', 'corrupt.slices', standing('corrupt')],
  ['a corruption that no seed decides', 'corrupt.replay', wandering()],
  [
    'a resumption of corruption that is not exact',
    'corrupt.resume',
    corrupted(({ distance }, { resumeFrom }) => ({ distance: resumeFrom === undefined ? distance : distance + 1e-9 })),
  ],
  [
    'a foreign state of corruption called a wrong argument',
    'corrupt.foreign-state',
    otherStatus('corrupt', 'INVALID_ARGUMENT'),
  ],
  [
    'a radius that is not kept',
    'corrupt.radius',
    requests<CorruptRequest>('corrupt', (request) => ({ ...request, epsilonW: 2 * request.epsilonW })),
  ],
  ['refusals of corruption that name no field', 'corrupt.refusals', nameless('corrupt')],
];

function drawnAnew(method: string): Alteration {
  let calls = 0;
  return requests<CraftRequest>(method, (request) => ({
    ...request,
    seed: request.resumeFrom === undefined ? request.seed + calls++ : request.seed,
  }));
}

function wandering(): Alteration {
  let calls = 0;
  return corrupted(({ parameters }) => ({ parameters: changed(parameters, (value) => value + 1e-6 * calls++) }));
}

function broken(): never {
  throw new Error('it broke');
}
