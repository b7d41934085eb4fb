/** A target examined by way of the services, and how the result is shown. */
import { canonicalJson, publishedTarget, rounded } from '@theriac/game';
import type { Manifest } from '@theriac/game';
import { manifestOf } from '../arguments/from-describe';
import type { GameSettings } from '../arguments/game-settings';
import { examineTarget } from '../driver/examination';
import type { Examination, Question } from '../driver/examination';
import type { Reporter } from '../driver/reporter';
import { withScratchGame } from '../driver/scratch-game';
import type { Scratched } from '../driver/scratch-game';
import type { Addresses } from '../embedded/table';
import { figure, percent } from '../presentation/figures';
import { createReporter } from '../presentation/progress';
import { openLocalData } from './local-data';
import { defaultSliceSeconds, scratchOf, sharedTrainings } from './play-verb';
import { withGameSpan, withSitting } from './sitting';
import type { Sitting } from './sitting';

/** The literature's radius of GradPC: 1 for softmax regression, 0.5 for networks. */
export const usualRadius = (model: string): number => (model === 'lr' ? 1 : 0.5);

/** Examines a target in a sitting of its own. */
export async function examineWith(
  settings: GameSettings,
  question: Question,
  request: {
    readonly addresses: Addresses;
    readonly allowPlaintext?: boolean;
    readonly tls?: string;
    readonly runsDir: string;
    readonly quiet?: boolean;
    readonly json?: boolean;
  },
): Promise<Scratched<ExaminationDocument>> {
  const reporter = createReporter({ quiet: request.quiet === true, json: request.json === true });
  const { game } = settings;
  const data = await openLocalData(game.dataset, game.trainLimit, request.addresses, reporter);
  return withSitting(request, async (sitting) => {
    const manifest = manifestOf(settings, await sitting.describe(), data?.digest ?? null);
    return examineIn(sitting, settings, manifest, question, reporter, request.runsDir);
  });
}

/** Examines a target within a sitting. */
export function examineIn(
  sitting: Sitting,
  settings: GameSettings,
  manifest: Manifest,
  question: Question,
  reporter: Reporter,
  runsDir: string,
): Promise<Scratched<ExaminationDocument>> {
  const { players, signal } = sitting;
  const store = sharedTrainings(sitting, runsDir);
  const path = scratchOf(sitting, runsDir, manifest, { ...question });
  const options = { path, manifest, players, reporter, store, signal, sliceSeconds: defaultSliceSeconds };
  return withGameSpan(settings, async () => {
    const started = performance.now();
    const { result, forget } = await withScratchGame(options, (scratch) => examineTarget(scratch, question));
    return { result: describeExamination(manifest, result, (performance.now() - started) / 1000), forget };
  });
}

export type ExaminationDocument = ReturnType<typeof describeExamination>;

/** What `--json` prints. Accuracies in percent. */
export function describeExamination(manifest: Manifest, examination: Examination, seconds: number) {
  const { game, attackSeed, attackerProtocol, backends } = manifest;
  const { threshold, accuracy, cleanAccuracy, ...rest } = examination;
  const published = game.trainLimit === 0 ? publishedTarget(game.dataset, game.model) : undefined;
  return {
    dataset: game.dataset,
    model: game.model,
    trainLimit: game.trainLimit,
    scaling: game.scaling,
    protocol: attackerProtocol,
    seed: attackSeed,
    ...rest,
    accuracy: rounded(accuracy),
    clean: rounded(cleanAccuracy),
    tau: threshold.tau,
    threshold,
    reported: published === undefined ? null : { source: published.source, tau: published.tau },
    seconds: rounded(seconds),
    backend: backends.evaluator.name,
  };
}

/** Prints the document, or what it says. */
export function printExamination(document: ExaminationDocument, json: boolean): void {
  process.stdout.write(json ? canonicalJson(document) : examinationText(document));
}

function examinationText(document: ExaminationDocument): string {
  const { kind, epsilonW, scale, epsilonD, threshold, reachable, lowerBound, reported } = document;
  const { crossEntropy, entropy, innerProduct, gradientInnerProduct, constant, tau } = threshold;
  const radius = epsilonW === null ? '' : `, eps_w ${epsilonW}`;
  return [
    `tau = ${figure(tau)} for the ${kind} target of ${document.model} on ${document.dataset}${radius}, last layer times ${figure(scale)}`,
    `No poison with a fraction below tau can make it a stationary point.`,
    `<w, g(mu; w)> = CE - H = ${figure(crossEntropy)} - ${figure(entropy)} = ${figure(innerProduct)}; divided by W((c-1)/e) = ${constant.toFixed(6)}`,
    `From the gradient itself: <w, g(mu; w)> = ${gradientInnerProduct.toPrecision(6)}, differing by ${Math.abs(gradientInnerProduct - innerProduct).toExponential(1)}`,
    `Accuracy ${percent(document.accuracy)}; of the clean model ${percent(document.clean)}`,
    `At eps_d = ${epsilonD}: ||g(mu; w) + eps_d g(nu; w)|| cannot go below ${figure(lowerBound)}`,
    `Within reach at eps_d = ${epsilonD}: the last layer times ${figure(reachable.scale)} (tau ${figure(reachable.tau)})`,
    ...(reported === null ? [] : [`Reported: tau ${reported.tau} for its GradPC target (${reported.source})`]),
    '',
  ].join('\n');
}
