/** The evaluator's methods: check the request, ask the compute worker, answer. */
import {
  backendMessage,
  fractionOf,
  readPoison,
  readVector,
  readVectors,
  requireCount,
  requireRange,
  vectorBundle,
} from '@theriac/board/wire';
import type { WirePoison } from '@theriac/board/wire';
import { EvaluatorServiceService } from '@theriac/contract/evaluator';
import type { ConstraintSpec, Limits, Poison, Signal as WireSignal } from '@theriac/contract/game';
import { DataType } from '@theriac/contract/tensor';
import { datasetCatalogue } from '@theriac/datasets';
import { contractVersion } from '@theriac/game';
import type { Signal } from '@theriac/game';
import { implement, spanNames, withSpan } from '@theriac/service-kit';
import type { BlobStore, Compute, ImplementedService } from '@theriac/service-kit';
import { invalid } from '@theriac/tensors';
import type { EvaluatorMethods, ModelScore } from './compute/methods';

/** Most models scored in one call. */
const mostModels = 1000;
/** Most signals measured in one call. */
const mostSignals = 16;

/** The evaluator over its compute. */
export function evaluatorService(compute: Compute<EvaluatorMethods>, limits: Limits): ImplementedService {
  return implement(EvaluatorServiceService, {
    async describe() {
      const backend = await compute.call('describe', null);
      return {
        contract: contractVersion,
        datasets: datasetCatalogue().map(({ id }) => id),
        backend: backendMessage(backend),
        limits,
      };
    },

    async score({ game, parameters, members: ofEnsemble, signals }, { blobs, signal }) {
      const { values, count } = await readVectors(parameters, blobs, 'parameters');
      const asked = signals?.signals ?? [];
      requireRange(count, 1, mostModels, 'parameters');
      requireRange(asked.length, 0, mostSignals, 'signals');
      const members = requireCount(ofEnsemble ?? 0, 1, mostModels, 'members', 1);
      if (count % members !== 0)
        throw invalid('members', members, `a divisor of the ${count} models sent`, 'Send whole ensembles.');
      const input = { game, parameters: values, models: count, members, signals: asked.map(plainSignal) };
      const { scores, testCount, classes } = await compute.call('score', input, { signal });
      const last = scores.length - 1;
      return {
        scores: scores.map((score, k) => ({
          loss: score.loss,
          accuracy: score.accuracy,
          perClass: [...score.perClass],
          confusion: k === last ? confusionTensor(score, classes) : undefined,
          success: [...score.success],
          certificates: k === last ? certificatesTensor(score) : undefined,
        })),
        testCount,
      };
    },

    async lossGradient({ game, parameters }, { blobs, signal }) {
      const input = { game, parameters: await readVector(parameters, blobs, 'parameters') };
      const { loss, gradient } = await withSpan(spanNames.lossGradient, {}, () =>
        compute.call('lossGradient', input, { signal }),
      );
      return { gradient: await vectorBundle('gradient', gradient, blobs), loss };
    },

    async threshold({ game, parameters }, { blobs, signal }) {
      return compute.call(
        'threshold',
        { game, parameters: await readVector(parameters, blobs, 'parameters') },
        { signal },
      );
    },

    async reachability({ game, parameters, poison }, { blobs, signal }) {
      const input = {
        game,
        parameters: await readVector(parameters, blobs, 'parameters'),
        poison: await requirePoison(poison, blobs),
      };
      return compute.call('reachability', input, { signal });
    },

    async verifyPoison({ game, poison, constraint, poisonFraction }, { blobs, signal }) {
      const input = {
        game,
        poison: await requirePoison(poison, blobs),
        constraint: constraint ?? noConstraint,
        fraction: fractionOf(poisonFraction),
      };
      const { count, allowed, violations, rowNorms } = await compute.call('verifyPoison', input, { signal });
      return { count, allowedCount: allowed, violations: [...violations], rowNorms };
    },
  });
}

const noConstraint: ConstraintSpec = { kind: 'none', radius: 0, fixedLabels: false };

async function requirePoison(poison: Poison | undefined, blobs: BlobStore): Promise<WirePoison> {
  const found = await readPoison(poison, blobs);
  if (found === undefined) throw invalid('poison', 'nothing', 'poison rows', 'Set the field.');
  return found;
}

function plainSignal({ target, ...signal }: WireSignal): Signal {
  return target === undefined ? signal : { ...signal, target };
}

function confusionTensor({ confusion }: ModelScore, classes: number) {
  const data = Buffer.from(confusion.buffer, confusion.byteOffset, confusion.byteLength);
  return { name: 'confusion', dataType: DataType.I32, shape: [classes, classes], data };
}

function certificatesTensor({ certificates }: ModelScore) {
  if (certificates === undefined) return undefined;
  const data = Buffer.from(certificates.buffer, certificates.byteOffset, certificates.byteLength);
  return { name: 'certificates', dataType: DataType.I32, shape: [certificates.length], data };
}
