/** The attacker's move: poison crafted in slices, kept as poison.safetensors and poison.json. */
import { FollowerKind } from '@theriac/contract/attacker';
import type { CraftOutcome } from '@theriac/contract/attacker';
import type { OptionValue as WireOption } from '@theriac/contract/game';
import type { BlobRef } from '@theriac/contract/tensor';
import type { Manifest, OptionValue, OptionValues } from '@theriac/game';
import { callStream, withSpan } from '@theriac/service-kit';
import { encodeSafetensors, float32Of, int32Of, TheriacError } from '@theriac/tensors';
import { keepCheckpoint, keepDone, resumeState } from './checkpoints';
import { fetchTensors, fractionMessage, gameSpec, keepTensors, offerFile } from './game';
import type { Game } from './game';
import type { CraftedRecord, CraftRecord, FinishedTraining } from './records';
import { signalsOf } from './signal-success';
import { runSlices } from './slices';

/** Crafts, or reads what is already there. */
export async function playCrafting(game: Game): Promise<CraftedRecord> {
  const found = game.run.readRecord<CraftRecord>('craft');
  if (found?.status === 'crafted') return found;
  const { attack } = game.manifest;
  return withSpan('craft', { 'theriac.attack': attack?.id ?? 'none' }, () => craft(game, found));
}

async function craft(game: Game, found: CraftRecord | undefined): Promise<CraftedRecord> {
  const { attacker } = game.players;
  const outcome = await runSlices<CraftOutcome>({
    label: 'crafting',
    resumeFrom: await resumeState(game, attacker, found),
    ask: (resumeFrom) => slice(game, resumeFrom),
    onProgress: ({ step, of, metrics }) => game.reporter.progress(of > 0 ? step / of : 0, metrics),
    onCheckpoint: (checkpoint) => keepCheckpoint(game, attacker, 'craft', checkpoint),
  });
  const { target, residual, signals, flags, metrics, seconds } = outcome;
  const record: CraftedRecord = {
    status: 'crafted',
    ...(await keepPoison(game, outcome)),
    target:
      target === undefined
        ? null
        : {
            kind: target.kind,
            scale: target.scale,
            parameters: await keepTensors(game, attacker, target.parameters, 'parameters-target.safetensors'),
          },
    residual: residual === undefined ? null : { before: residual.before, after: residual.after },
    ...signalsOf(signals),
    flags,
    metrics: finiteOnly(metrics),
    seconds,
  };
  keepDone(game, 'craft', record);
  return record;
}

async function* slice(game: Game, resumeFrom: BlobRef | undefined) {
  const { attacker } = game.players;
  const clean = game.run.readRecord<FinishedTraining>('attacker-clean');
  if (clean?.status !== 'scored')
    throw new TheriacError("the attacker's clean model did not train, so there is nothing to craft from", {
      code: 'ABORTED',
      field: 'attackerProtocol',
      found: clean?.status === 'diverged' ? clean.reason : 'no model',
      remedy: 'Choose another seed.',
    });
  yield* callStream(
    attacker.client,
    'craft',
    {
      ...craftRequest(game.manifest),
      cleanParameters: await offerFile(game, attacker, clean.parameters),
      resumeFrom,
      sliceSeconds: game.sliceSeconds,
    },
    { signal: game.signal },
  );
}

/** What the manifest says of crafting, as the contract says it. */
export function craftRequest(manifest: Manifest) {
  const { attack, constraint, attackSeed } = manifest;
  return {
    game: gameSpec(manifest),
    attack: attack?.id ?? '',
    options: optionMap(attack?.options ?? {}),
    poisonFraction: fractionMessage(manifest),
    constraint,
    seed: attackSeed,
    follower: attack?.follower === 'remote' ? FollowerKind.REMOTE : FollowerKind.LOCAL,
  };
}

/** Blob first, then poison.json, which says what is in it. */
async function keepPoison(game: Game, { poison, poisonCount }: CraftOutcome) {
  const tensors = await fetchTensors(game.players.attacker, poison?.rows, 'poison', game.signal);
  const [x, y, base] = ['x', 'y', 'base'].map((name) => tensors.get(name));
  if (x === undefined || y === undefined || x.shape[0] !== poisonCount)
    throw new TheriacError('the attacker answered with other poison than it announced', {
      code: 'DATA_LOSS',
      field: 'poison',
      found: `tensors ${[...tensors.keys()].join(', ') || 'none'}, ${x?.shape[0] ?? 0} rows`,
      allowed: `x and y of ${poisonCount} rows`,
    });
  const file = game.run.writeFile(
    'poison.safetensors',
    encodeSafetensors([x, y, ...(base === undefined ? [] : [base])]),
  );
  const values = float32Of(x);
  let [minimum, maximum] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  const { game: played, attack, poisonFraction, constraint } = game.manifest;
  const description = {
    dataset: played.dataset,
    file,
    count: poisonCount,
    features: x.shape[1] ?? 0,
    poisonFraction,
    placement: attack?.placement ?? 'added',
    constraint,
    units: 'stored units: pixels in [0, 1] for images; not bounded by the format',
    range: values.length === 0 ? null : [minimum, maximum],
    labels: [...int32Of(y)],
    baseIndices: base === undefined ? null : [...int32Of(base)],
  };
  const described = game.run.writeFile('poison.json', `${JSON.stringify(description)}\n`);
  return { poison: file, description: described, count: poisonCount };
}

/** Options as the contract carries them. */
function optionMap(options: OptionValues): Record<string, WireOption> {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, wireOption(value)]));
}

function wireOption(value: OptionValue): WireOption {
  if (typeof value === 'number') return { value: { $case: 'number', value } };
  if (typeof value === 'boolean') return { value: { $case: 'flag', value } };
  return { value: { $case: 'text', value } };
}

function finiteOnly(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}
