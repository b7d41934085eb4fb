/** A trainer whose parameters are a hash of game, protocol, seed and poison. */
import type { TensorBundle } from '@theriac/contract/tensor';
import { TrainerServiceService } from '@theriac/contract/trainer';
import type { TrainRequest } from '@theriac/contract/trainer';
import { contractVersion } from '@theriac/game';
import { implement, readBundle, writeBundle } from '@theriac/service-kit';
import type { BlobStore, ImplementedService } from '@theriac/service-kit';
import { namedFloat32, namedInt32, TheriacError } from '@theriac/tensors';
import { absent, backend, cleanCount, fakeSize, hashed, limits, progress, rowsOf, slice } from './fake-work';
import type { FakeBehaviour } from './fake-work';

/** Throws ABORTED for poisoned trainings under the protocols that diverge. */
export function fakeTrainer(note: (what: string) => void, behaviour: FakeBehaviour): ImplementedService {
  return implement(TrainerServiceService, {
    describe: async () => ({
      contract: contractVersion,
      models: [{ id: 'lr', summary: '', source: '' }],
      protocols: ['p-gc', 'stable-sgd', 'converged', 'p-gradpc'].map((id) => ({ id, summary: '', source: '' })),
      defences: [{ id: 'l2', summary: '', source: '' }],
      datasets: ['mnist', 'gaussians'],
      oracles: [],
      backend,
      limits,
      defenceSchemas: [{ id: 'l2', kind: 'sanitiser', options: [] }],
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
        accuracy: 0.75,
        stopped: 'epochs',
        seconds: 2,
        rows: cleanCount + (await countOf(request.poison, context.blobs)),
        removed: await removedRows(request.defence, rows === 'clean', context.blobs),
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

async function countOf(poison: TrainRequest['poison'], blobs: BlobStore): Promise<number> {
  if (poison?.rows === undefined) return 0;
  return (await readBundle(poison.rows, blobs, 'poison')).get('y')?.shape[0] ?? 0;
}

/** Its defence leaves out the first clean row and the first poison row. */
function removedRows(defence: string, clean: boolean, blobs: BlobStore): Promise<TensorBundle> {
  const removed = defence === 'none' ? [] : clean ? [0] : [0, cleanCount];
  return writeBundle([namedInt32('removed', [removed.length], Int32Array.from(removed))], blobs);
}
