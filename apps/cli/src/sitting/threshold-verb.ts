/** What `theriac threshold` does and prints. */
import { readFileSync } from 'node:fs';
import { datasetCatalogue } from '@theriac/datasets';
import { canonicalJson } from '@theriac/game';
import type { Manifest } from '@theriac/game';
import { decodeSafetensors, invalid, TheriacError } from '@theriac/tensors';
import { oneOf } from '../arguments/game-settings';
import { readNumber } from '../arguments/numbers';
import { readPlainSettings } from '../arguments/plain-settings';
import { targetKinds } from '../driver/examination';
import type { Question } from '../driver/examination';
import type { CraftRecord, ThresholdRecord } from '../driver/records';
import { openRunDirectory, readManifest } from '../driver/run-directory';
import { persistently } from '../driver/persistence';
import { thresholdOf } from '../driver/verifying-step';
import type { Addresses } from '../embedded/table';
import { figure } from '../presentation/figures';
import type { ThresholdFlags } from '../verbs/threshold';
import { examineWith, printExamination, usualRadius } from './examine';
import { withSitting } from './sitting';

export interface ThresholdRequest extends ThresholdFlags {
  readonly addresses: Addresses;
  readonly allowPlaintext?: boolean;
  readonly tls?: string;
}

interface Target {
  readonly game: Pick<Manifest, 'game'>;
  readonly of: string;
  readonly bytes: Uint8Array;
}

/** Prints tau of the target that the flags name. Throws INVALID_ARGUMENT unless they name exactly one. */
export async function thresholdVerb(request: ThresholdRequest): Promise<void> {
  const made = request.target !== undefined || request.epsilonW !== undefined;
  const ways = [
    ...(request.run === undefined ? [] : ['--run']),
    ...(request.parameters === undefined ? [] : ['--parameters']),
    ...(made ? ['--target'] : []),
  ];
  if (ways.length !== 1)
    throw invalid(
      'the target',
      ways.length === 0 ? undefined : ways.join(' and '),
      'one of --run <id>, --parameters <file>, --target <kind>',
    );
  const json = request.json === true;
  if (made) {
    const { result, forget } = await examineWith(plainSettings(request), questionOf(request), request);
    printExamination(result, json);
    return forget();
  }
  const target = request.run === undefined ? fromFile(request) : fromRun(request.runsDir, request.run);
  const threshold = await withSitting({ ...request, wanted: ['evaluator'] }, ({ players, signal }) =>
    persistently({ players, signal }, ['evaluator'], 'the threshold', () =>
      thresholdOf({ manifest: target.game as Manifest, players, signal }, target.bytes),
    ),
  );
  print(target.of, threshold, json);
}

function plainSettings(request: ThresholdRequest) {
  return readPlainSettings(
    request,
    datasetCatalogue().map(({ id }) => id),
  );
}

function questionOf({ target, epsilonW, scale, poisonFraction, model }: ThresholdRequest): Question {
  const kind = oneOf('target', target ?? 'gradpc', targetKinds);
  const corrupts = kind === 'gradpc' || kind === 'scaled';
  if (!corrupts && epsilonW !== undefined)
    throw invalid('--epsilon-w', epsilonW, `nothing for the target ${kind}`, 'It belongs to gradpc and scaled.');
  return {
    kind,
    epsilonW: epsilonW === undefined ? usualRadius(model) : readNumber('epsilon-w', epsilonW, { above: 0 }),
    scale: scale === 'auto' ? scale : readNumber('scale', scale, { above: 0 }),
    epsilonD: readNumber('poison-fraction', poisonFraction, { above: 0, maximum: 100 }),
  };
}

function fromRun(runsDirectory: string, name: string): Target {
  const { path, manifest } = readManifest(runsDirectory, name);
  const run = openRunDirectory(path, manifest);
  const crafted = run.readRecord<CraftRecord>('craft');
  if (crafted?.status !== 'crafted' || crafted.target === null)
    throw new TheriacError(`the run ${name} has no target`, {
      code: 'NOT_FOUND',
      field: '--run',
      found: crafted?.status !== 'crafted' ? 'no poison yet' : `the attack ${manifest.attack?.id ?? 'none'}`,
      allowed: 'a run of an attack that aims at parameters, for example gradient-canceling',
    });
  const { kind, scale, parameters } = crafted.target;
  return {
    game: manifest,
    of: `the ${kind} target of ${name} (scale ${figure(scale)})`,
    bytes: run.readFile(parameters),
  };
}

function fromFile(request: ThresholdRequest): Target {
  const file = request.parameters ?? '';
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new TheriacError(`--parameters ${file} cannot be read`, {
      code: 'NOT_FOUND',
      field: '--parameters',
      found: (error as NodeJS.ErrnoException).code ?? 'an error',
      remedy: 'Name a safetensors file with the tensor "parameters".',
    });
  }
  const names = decodeSafetensors(bytes).tensors.map(({ name }) => name);
  if (!names.includes('parameters'))
    throw invalid(`${file}: tensors`, names.join(', ') || 'none', 'the tensor "parameters", F32 [p]');
  return { game: { game: plainSettings(request).game }, of: file, bytes };
}

function print(of: string, threshold: ThresholdRecord, json: boolean): void {
  const { tau, innerProduct, gradientInnerProduct, constant, crossEntropy, entropy } = threshold;
  process.stdout.write(
    json
      ? canonicalJson({ of, ...threshold })
      : [
          `tau = ${figure(tau)} for ${of}`,
          `No poison with a fraction below tau can make it a stationary point.`,
          `<w, g(mu; w)> = CE - H = ${figure(crossEntropy)} - ${figure(entropy)} = ${figure(innerProduct)}; divided by W((c-1)/e) = ${constant.toFixed(6)}`,
          `From the gradient itself: <w, g(mu; w)> = ${gradientInnerProduct.toPrecision(6)}, differing by ${Math.abs(gradientInnerProduct - innerProduct).toExponential(1)}`,
          '',
        ].join('\n'),
  );
}
