/** From the records of a finished game to its result card. */
import {
  compare,
  manifestDigest,
  publishedAttack,
  publishedClean,
  rounded,
  runId,
  spread,
  summariseCurve,
} from '@theriac/game';
import type { Manifest, ProtocolCard, PublishedFigure, ResultCard } from '@theriac/game';
import { guaranteesCard } from './guarantees';
import type { CraftedRecord, FinishedTraining, VerifiedRecord } from './records';
import { signalsCard, successCard } from './signal-success';
import { suspicionFlags } from './suspicion';
import { defenderTasks, seedsOf } from './table-of-work';

/** What a source says where the paper aimed at another target than the game. */
export const papersTarget = 'with its GradPC target';

export interface FinishedGame {
  readonly manifest: Manifest;
  readonly crafted: CraftedRecord | undefined;
  readonly verified: VerifiedRecord | undefined;
  /** By key of its task. */
  readonly trainings: ReadonlyMap<string, FinishedTraining>;
  /** ||w_poisoned - w_clean|| by protocol, seed by seed. */
  readonly distances?: ReadonlyMap<string, readonly (number | null)[]>;
  readonly unchangedRows: number | undefined;
  readonly notice: string | undefined;
  readonly totalSeconds: number;
  readonly machine: ResultCard['machine'];
}

/** The card. Deterministic but for `seconds`. */
export function assembleCard(game: FinishedGame): ResultCard {
  const { manifest, crafted, verified } = game;
  const published = publishedClean(manifest.game.dataset, manifest.game.model);
  const protocols = manifest.protocols.map((name) => protocolCard(name, game));
  const { constraint, backends } = manifest;
  return {
    id: runId(manifest),
    manifestDigest: manifestDigest(manifest),
    dataset: manifest.game.dataset,
    model: manifest.game.model,
    attack: manifest.attack?.id ?? 'none',
    options: manifest.attack?.options ?? {},
    defence: manifest.defence,
    poisonFraction: manifest.poisonFraction,
    poisonCount: crafted?.count ?? 0,
    ...(manifest.attack?.placement === undefined ? {} : { placement: manifest.attack.placement }),
    constraint: {
      kind: constraint.kind,
      ...(constraint.radius > 0 ? { radius: constraint.radius } : {}),
      fixedLabels: constraint.fixedLabels,
      violations: verified?.violations ?? [],
    },
    target: targetCard(crafted, verified),
    residual: residualCard(crafted, verified),
    rowNorms: verified === undefined || verified.count === 0 ? null : verified.rowNorms,
    ...signalsCard(crafted),
    protocols,
    reported: reportedCard(manifest, published),
    seconds: { craft: rounded(crafted?.seconds ?? 0), total: rounded(game.totalSeconds) },
    seeds: manifest.seeds,
    backend: [...new Set(Object.values(backends).map(({ name }) => name))].join(', '),
    backends: Object.fromEntries(
      Object.entries(backends).map(([role, { name, device, version, threads }]) => [
        role,
        `${name} ${version} on ${device}, ${threads} thread${threads === 1 ? '' : 's'}`,
      ]),
    ),
    machine: game.machine,
    flags: suspicionFlags({ ...game, protocols, published, diverged: divergedRuns(game) }),
  };
}

function protocolCard(name: string, game: FinishedGame): ProtocolCard {
  const { manifest, trainings, distances, crafted } = game;
  const apart = distances?.get(name);
  const runs = (poisoned: boolean) =>
    defenderTasks({ ...manifest, protocols: [name] }, poisoned).map(({ key }) => trainings.get(key));
  const clean = runs(false);
  const poisoned = manifest.attack === null ? clean : runs(true);
  const figures = (of: 'final' | 'last' | 'best') => compare(clean.map(summary(of)), poisoned.map(summary(of)));
  const everyRun = manifest.attack === null ? clean : [...clean, ...poisoned];
  const first = everyRun.find((run) => run?.status === 'scored');
  return {
    name,
    seeds: seedsOf(manifest, name),
    ...figures('final'),
    last: figures('last'),
    best: figures('best'),
    epochs: first?.status === 'scored' ? Math.min(10, first.scores.accuracies.length) : 0,
    gradientNorm: normsOf(poisoned),
    cleanGradientNorm: normsOf(clean),
    ...trainingCard(clean, poisoned),
    ...successCard(name, game),
    ...removalCard(clean, poisoned, crafted?.count ?? 0),
    ...guaranteesCard(clean, poisoned, crafted?.count ?? 0, manifest),
    ...(apart === undefined ? {} : { distance: spread(apart) }),
    seconds: rounded(everyRun.reduce((sum, run) => sum + (run?.seconds ?? 0), 0)),
  };
}

const summary = (of: 'final' | 'last' | 'best') => (run: FinishedTraining | undefined) =>
  run?.status === 'scored' ? (summariseCurve(run.scores.accuracies)?.[of] ?? null) : null;

/** Accuracies on the rows of training, where the trainer told them. */
function trainingCard(
  clean: readonly (FinishedTraining | undefined)[],
  poisoned: readonly (FinishedTraining | undefined)[],
): Pick<ProtocolCard, 'training'> {
  const of = (run: FinishedTraining | undefined): number | null =>
    run?.status === 'scored' ? (run.accuracy ?? null) : null;
  const told = [...clean, ...poisoned].some((run) => of(run) !== null);
  return told ? { training: { clean: spread(clean.map(of)), poisoned: spread(poisoned.map(of)) } } : {};
}

/** What the defence left out, where there is one. */
function removalCard(
  clean: readonly (FinishedTraining | undefined)[],
  poisoned: readonly (FinishedTraining | undefined)[],
  poison: number,
): Pick<ProtocolCard, 'removed'> {
  const of = (run: FinishedTraining | undefined) => (run?.status === 'scored' ? run.removed : undefined);
  if (![...clean, ...poisoned].some((run) => of(run) !== undefined)) return {};
  const share = (part: number | undefined, whole: number | undefined): number | null =>
    part === undefined || whole === undefined || whole === 0 ? null : (100 * part) / whole;
  return {
    removed: {
      clean: spread(clean.map((run) => of(run)?.rows ?? null)),
      rows: spread(poisoned.map((run) => of(run)?.rows ?? null)),
      precision: spread(poisoned.map((run) => share(of(run)?.poison, of(run)?.rows))),
      recall: spread(poisoned.map((run) => share(of(run)?.poison, poison))),
    },
  };
}

function normsOf(runs: readonly (FinishedTraining | undefined)[]): ProtocolCard['gradientNorm'] {
  const norms = runs.flatMap((run) =>
    run?.status === 'scored' && run.gradientNorm !== null ? [run.gradientNorm] : [],
  );
  if (norms.length === 0) return { mean: null, max: null };
  return { mean: norms.reduce((sum, norm) => sum + norm, 0) / norms.length, max: Math.max(...norms) };
}

function targetCard(crafted: CraftedRecord | undefined, verified: VerifiedRecord | undefined): ResultCard['target'] {
  if (crafted?.target === undefined || crafted.target === null) return null;
  const { kind, scale } = crafted.target;
  return {
    kind,
    scale,
    tau: verified?.target?.threshold.tau ?? 0,
    accuracy: rounded(verified?.target?.accuracy ?? 0),
  };
}

function residualCard(
  crafted: CraftedRecord | undefined,
  verified: VerifiedRecord | undefined,
): ResultCard['residual'] {
  if (crafted?.residual === undefined || crafted.residual === null) return null;
  return { ...crafted.residual, lowerBound: verified?.target?.reachability.lowerBound ?? null };
}

/**
 * The figure for this game. An attack with a target of ours is held against the paper's own target, and the source says so; where
 * only the clean accuracy is published, that alone. Nothing is published of defended games.
 */
function reportedCard(manifest: Manifest, published: PublishedFigure | undefined): ResultCard['reported'] {
  const { game, attack, poisonFraction, constraint } = manifest;
  if (game.trainLimit !== 0 || published === undefined || manifest.defence !== 'none') return null;
  const clean = { source: published.source, clean: published.clean, drop: null };
  if (attack === null || constraint.kind !== 'none') return clean;
  const played = { dataset: game.dataset, model: game.model, attack: attack.id, epsilonD: poisonFraction };
  const target = attack.options['target'];
  const same = publishedAttack({ ...played, ...(typeof target === 'string' ? { target } : {}) });
  const figure = same ?? publishedAttack(played);
  if (figure === undefined) return clean;
  const source = same === undefined ? `${figure.source}, ${papersTarget}` : figure.source;
  return { source, clean: published.clean, drop: figure.drop };
}

function divergedRuns({ manifest, trainings }: FinishedGame) {
  const tasks = [...defenderTasks(manifest, false), ...(manifest.attack === null ? [] : defenderTasks(manifest, true))];
  return tasks.flatMap(({ key, label }) => {
    const run = trainings.get(key);
    return run?.status === 'diverged' ? [{ label, reason: run.reason }] : [];
  });
}
