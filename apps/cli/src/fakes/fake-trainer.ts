/** A trainer whose parameters are a hash of game, protocol, seed and poison. */
import { TrainerServiceService } from '@theriac/contract/trainer';
import { contractVersion } from '@theriac/game';
import { implement, writeBundle } from '@theriac/service-kit';
import type { ImplementedService } from '@theriac/service-kit';
import { namedFloat32, TheriacError } from '@theriac/tensors';
import { absent, backend, fakeSize, hashed, limits, progress, rowsOf, slice } from './fake-work';
import type { FakeBehaviour } from './fake-work';

/** Throws ABORTED for poisoned trainings under the protocols that diverge. */
export function fakeTrainer(note: (what: string) => void, behaviour: FakeBehaviour): ImplementedService {
  return implement(TrainerServiceService, {
    describe: async () => ({
      contract: contractVersion,
      models: [{ id: 'lr', summary: '', source: '' }],
      protocols: ['p-gc', 'stable-sgd', 'converged', 'p-gradpc'].map((id) => ({ id, summary: '', source: '' })),
      defences: [],
      datasets: ['mnist', 'gaussians'],
      oracles: [],
      backend,
      limits,
    }),
    async *train(request, context) {
      const rows = await rowsOf(request.poison, context.blobs);
      note(`Train ${rows === 'clean' ? 'clean' : 'poisoned'} ${request.protocol} ${request.seed}`);
      if (behaviour.diverges?.includes(request.protocol) === true && rows !== 'clean')
        throw new TheriacError('training diverged at step 3', { code: 'ABORTED', field: 'protocol' });
      const job = `${JSON.stringify(request.game)}${request.protocol}${request.seed}${rows}`;
      const { checkpoint, hash } = await slice(context, request.resumeFrom, job, behaviour);
      yield progress(checkpoint.step, checkpoint.of);
      const kept = request.protocol === 'converged' ? 1 : Math.min(3, request.keepEpochs);
      const all = hashed(kept * fakeSize, 'w', hash);
      const outcome = {
        parameters: await writeBundle([namedFloat32('parameters', [fakeSize], all.subarray(-fakeSize))], context.blobs),
        kept: await writeBundle([namedFloat32('parameters', [kept, fakeSize], all)], context.blobs),
        layout: [{ name: 'weight', shape: [fakeSize], offset: 0 }],
        loss: 1,
        gradientNorm: 0.5,
        stopped: 'epochs',
        seconds: 2,
      };
      yield { event: { $case: 'end', value: { checkpoint, outcome: checkpoint.done ? outcome : undefined } } };
    },
    openSession: absent,
    closeSession: absent,
    gradient: absent,
    hessianVectorProduct: absent,
    inverseHessianVectorProduct: absent,
    poisonVectorProduct: absent,
    descend: absent,
    updateParameters: absent,
    updatePoison: absent,
  });
}
