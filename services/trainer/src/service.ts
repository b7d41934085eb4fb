/** The trainer's methods: check the request, ask the compute worker, answer. */
import {
  backendMessage,
  choiceMessage,
  layoutMessage,
  observed,
  optionMessage,
  progressMessage,
  readPoison,
  readVector,
  requireCount,
  requireRange,
  sliceBudget,
  vectorBundle,
  vectorsBundle,
} from '@theriac/board/wire';
import { distributions, solvers } from '@theriac/contract';
import type { Limits } from '@theriac/contract/game';
import { TrainerServiceService } from '@theriac/contract/trainer';
import type { Distribution, Privacy, TrainSliceEnd } from '@theriac/contract/trainer';
import { datasetCatalogue } from '@theriac/datasets';
import { contractVersion, parseDefences } from '@theriac/game';
import type { RowRange } from '@theriac/game';
import { computeItems, implement, spanNames, withSpan, writeBundle } from '@theriac/service-kit';
import type { BlobStore, Compute, ImplementedService } from '@theriac/service-kit';
import { invalid, namedFloat32, namedInt32, norm } from '@theriac/tensors';
import type { RowSelection, TrainOutput, TrainerMethods } from './compute/methods';
import { defences } from './defences/registry';
import type { PrivacyGuarantee } from './training/privacy/guarantee';
import { protocols } from './training/protocols';

/** Methods that answer derivatives. */
const oracles = ['Gradient', 'HessianVectorProduct', 'InverseHessianVectorProduct', 'PoisonVectorProduct', 'Descend'];

/** The trainer over its compute. */
export function trainerService(compute: Compute<TrainerMethods>, limits: Limits): ImplementedService {
  return implement(TrainerServiceService, {
    async describe() {
      const { backend, models } = await compute.call('describe', null);
      return {
        contract: contractVersion,
        models: [...models],
        protocols: protocols.map(choiceMessage),
        defences: defences.map(choiceMessage),
        defenceSchemas: defences.map(({ id, kind, options }) => ({ id, kind, options: options.map(optionMessage) })),
        datasets: datasetCatalogue().map(({ id }) => id),
        oracles: backend.secondOrder ? oracles : oracles.filter((method) => ['Gradient', 'Descend'].includes(method)),
        backend: backendMessage(backend),
        limits,
      };
    },

    async *train(request, { blobs, signal }) {
      const input = {
        game: request.game,
        poison: await readPoison(request.poison, blobs),
        protocol: request.protocol,
        defence: parseDefences(request.defence, defences),
        seed: requireRange(request.seed, 0, Number.MAX_SAFE_INTEGER, 'seed'),
        keepEpochs: requireCount(request.keepEpochs, 1, 100, 'keep_epochs', 10),
        sliceSeconds: sliceBudget(request.sliceSeconds, limits),
        state: request.resumeFrom === undefined ? undefined : await blobs.get(request.resumeFrom, 'resume_from'),
      };
      const items = computeItems(compute, 'train', input, signal);
      for await (const item of observed(items, spanNames.slice, request.protocol)) {
        if (item.kind === 'event') {
          yield { event: { $case: 'progress', value: progressMessage(item.event) } };
        } else {
          yield { event: { $case: 'end', value: await sliceEnd(item.output, blobs) } };
        }
      }
    },

    async openSession(request, { blobs, signal, client }) {
      const most = limits.sessionLeaseSeconds;
      const leaseSeconds =
        request.leaseSeconds === 0 ? most : requireRange(request.leaseSeconds, 0.001, most, 'lease_seconds');
      const input = {
        game: request.game,
        parameters: await readVector(request.parameters, blobs, 'parameters'),
        poison: await readPoison(request.poison, blobs),
        leaseSeconds,
        client,
      };
      const { session, layout, clean, poison, features } = await compute.call('openSession', input, { signal });
      return {
        sessionId: session,
        layout: layoutMessage(layout),
        cleanCount: clean,
        poisonCount: poison,
        features,
        leaseSeconds,
      };
    },

    async closeSession({ sessionId }, { signal }) {
      await compute.call('closeSession', { session: sessionId }, { signal });
      return {};
    },

    async gradient(request, { blobs, signal }) {
      const { loss, gradient } = await compute.call(
        'gradient',
        { session: request.sessionId, ...selectionOf(request) },
        { signal },
      );
      return { gradient: await vectorBundle('gradient', gradient, blobs), loss, norm: norm(gradient) };
    },

    async hessianVectorProduct(request, { blobs, signal }) {
      const vector = await readVector(request.vector, blobs, 'vector');
      const input = { session: request.sessionId, ...selectionOf(request), vector };
      return {
        product: await vectorBundle('product', await compute.call('hessianVectorProduct', input, { signal }), blobs),
      };
    },

    async inverseHessianVectorProduct(request, { blobs, signal }) {
      const solver = solvers.toName(request.solver);
      if (solver === undefined)
        throw invalid('solver', request.solver, solvers.names.join(', '), 'Choose one of these.');
      const input = {
        session: request.sessionId,
        ...selectionOf(request),
        vector: await readVector(request.vector, blobs, 'vector'),
        normalEquations: solver === 'normal-equations',
        iterations: requireCount(request.iterations, 1, 10000, 'iterations', 16),
        damping: requireRange(request.damping, 0, Number.MAX_VALUE, 'damping'),
        tolerance: requireRange(request.tolerance, 0, 1, 'tolerance'),
      };
      const found = await withSpan(spanNames.inverseHessianVectorProduct, { 'theriac.steps': input.iterations }, () =>
        compute.call('inverseHessianVectorProduct', input, { signal }),
      );
      const { relativeResidual, iterations, stopped } = found;
      return { product: await vectorBundle('product', found.product, blobs), relativeResidual, iterations, stopped };
    },

    async poisonVectorProduct(request, { blobs, signal }) {
      const vector = await readVector(request.vector, blobs, 'vector');
      const input = { session: request.sessionId, vector, poisonRows: request.poisonRows };
      const found = await compute.call('poisonVectorProduct', input, { signal });
      return {
        product: await writeBundle([namedFloat32('product', [found.rows, found.features], found.product)], blobs),
      };
    },

    async descend(request, { blobs, signal }) {
      if (request.steps === 0)
        throw invalid('steps', 0, 'a whole number from 1 to 100000', 'Ask for at least one step.');
      const input = {
        session: request.sessionId,
        ...selectionOf(request),
        steps: requireCount(request.steps, 1, 100000, 'steps', 1),
        learningRate: requireRange(request.learningRate, Number.MIN_VALUE, Number.MAX_VALUE, 'learning_rate'),
      };
      const { parameters, loss, gradientNorm } = await compute.call('descend', input, { signal });
      return { parameters: await vectorBundle('parameters', parameters, blobs), loss, gradientNorm };
    },

    async updatePoison(request, { blobs, signal }) {
      const poison = await readPoison(request.poison, blobs);
      if (poison === undefined) throw invalid('poison', 'nothing', 'poison rows', 'Set the field.');
      const input = { session: request.sessionId, poison };
      return { poisonCount: (await compute.call('updatePoison', input, { signal })).poison };
    },

    async updateParameters(request, { blobs, signal }) {
      const parameters = await readVector(request.parameters, blobs, 'parameters');
      await compute.call('updateParameters', { session: request.sessionId, parameters }, { signal });
      return {};
    },
  });
}

async function sliceEnd({ state, step, of, done, outcome }: TrainOutput, blobs: BlobStore): Promise<TrainSliceEnd> {
  const checkpoint = { state: await blobs.put(state), step, of, done };
  if (outcome === undefined) return { checkpoint, outcome };
  const { loss, gradientNorm, accuracy, members, stopped, seconds } = outcome;
  return {
    checkpoint,
    outcome: {
      parameters: await vectorBundle('parameters', outcome.parameters, blobs),
      kept: await vectorsBundle('parameters', outcome.kept, outcome.keptCount, blobs),
      layout: layoutMessage(outcome.layout),
      loss,
      gradientNorm,
      accuracy,
      stopped,
      seconds,
      rows: outcome.rows,
      privacy: privacyMessage(outcome.privacy),
      members,
      removed: await writeBundle([namedInt32('removed', [outcome.removed.length], outcome.removed)], blobs),
    },
  };
}

function privacyMessage(found: PrivacyGuarantee | undefined): Privacy | undefined {
  if (found === undefined) return undefined;
  const { epsilon, ...others } = found;
  return { ...others, epsilon: epsilon ?? undefined };
}

function selectionOf(request: {
  readonly distribution: Distribution;
  readonly cleanRows: RowRange | undefined;
  readonly poisonRows: RowRange | undefined;
}): RowSelection {
  const { distribution, cleanRows, poisonRows } = request;
  const of = distributions.toName(distribution);
  if (of === undefined)
    throw invalid(
      'distribution',
      distribution,
      distributions.names.join(', '),
      'Say over which rows the mean is taken.',
    );
  return { of, cleanRows, poisonRows };
}
