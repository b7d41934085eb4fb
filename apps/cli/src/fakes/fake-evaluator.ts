/** An evaluator whose scores are the parameters themselves. */
import { EvaluatorServiceService } from '@theriac/contract/evaluator';
import type { ScoreRequest } from '@theriac/contract/evaluator';
import { contractVersion } from '@theriac/game';
import { implement, readBundle, requireTensor } from '@theriac/service-kit';
import type { CallContext, ImplementedService } from '@theriac/service-kit';
import { absent, backend, fakeSize, limits } from './fake-work';

/** The accuracy of a model is the size of its first parameter. */
export function fakeEvaluator(note: (what: string) => void): ImplementedService {
  const parametersOf = async ({ parameters }: Pick<ScoreRequest, 'parameters'>, { blobs }: CallContext) => {
    const arrays = await readBundle(parameters, blobs, 'parameters');
    return requireTensor(arrays, 'parameters', {}, 'parameters');
  };
  return implement(EvaluatorServiceService, {
    describe: async () => ({ contract: contractVersion, datasets: ['mnist', 'gaussians'], backend, limits }),
    async score(request, context) {
      note('Score');
      const tensor = await parametersOf(request, context);
      const { shape } = tensor;
      const data = tensor.float32();
      const models = shape.length === 2 ? (shape[0] ?? 0) : 1;
      const scores = Array.from({ length: models }, (_, model) => {
        const value = Math.abs(data[model * fakeSize] ?? 0);
        return {
          loss: value,
          accuracy: value,
          perClass: [value, value],
          success: (request.signals?.signals ?? []).map(() => value),
          confusion:
            model === models - 1
              ? {
                  name: 'confusion',
                  dataType: 5,
                  shape: [2, 2],
                  data: Buffer.from(Int32Array.from([5, 1, 2, 4]).buffer),
                }
              : undefined,
        };
      });
      return { scores, testCount: 12 };
    },
    async threshold(request, context) {
      note('Threshold');
      const data = (await parametersOf(request, context)).float32();
      const tau = Math.abs(data[0] ?? 0);
      return { tau, innerProduct: 1, constant: 1.1, crossEntropy: 2, entropy: 1, gradientInnerProduct: 1 };
    },
    async reachability(_, __) {
      note('Reachability');
      return { norm: 1, cleanNorm: 2, epsilonD: 0.03, lowerBound: 0.25 };
    },
    async verifyPoison(request, { blobs }) {
      note('VerifyPoison');
      const rows = await readBundle(request.poison?.rows, blobs, 'poison');
      const count = rows.get('x')?.shape[0] ?? 0;
      return { count, allowedCount: count, violations: [], rowNorms: { median: 10, max: 20, cleanMedian: 5 } };
    },
    lossGradient: absent,
  });
}
