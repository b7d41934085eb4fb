/** An attacker whose poison is a hash of the whole request. */
import { AttackerServiceService } from '@theriac/contract/attacker';
import type { CraftRequest } from '@theriac/contract/attacker';
import { contractVersion, sha256Hex } from '@theriac/game';
import { implement, readBundle, writeBundle } from '@theriac/service-kit';
import type { BlobStore, ImplementedService } from '@theriac/service-kit';
import { namedFloat32, namedInt32 } from '@theriac/tensors';
import { absent, backend, cleanCount, fakeSize, features, hashed, limits, progress, slice } from './fake-work';
import type { FakeBehaviour } from './fake-work';

/** Offers gradient-canceling; its target and residual are made up. */
export function fakeAttacker(note: (what: string) => void, behaviour: FakeBehaviour): ImplementedService {
  return implement(AttackerServiceService, {
    describe: async () => ({
      contract: contractVersion,
      attacks: [
        {
          id: 'gradient-canceling',
          summary: 'a fake',
          source: '',
          needs: [],
          placement: 0,
          options: [
            {
              name: 'target',
              type: 'string',
              description: 'where to',
              unit: '',
              minimum: undefined,
              maximum: undefined,
              choices: ['gradpc', 'reversed'],
              defaultValue: { value: { $case: 'text', value: 'gradpc' } },
            },
          ],
        },
      ],
      constraints: [],
      followers: [],
      backend,
      limits,
    }),
    async *craft(request, context) {
      note('Craft');
      const { checkpoint, hash } = await slice(
        context,
        request.resumeFrom,
        await jobOf(request, context.blobs),
        behaviour,
      );
      yield progress(checkpoint.step, checkpoint.of);
      const count =
        request.poisonFraction?.amount?.$case === 'ratio'
          ? Math.floor(request.poisonFraction.amount.value * cleanCount + 1e-9)
          : 0;
      const rows = [
        namedFloat32('x', [count, features], hashed(count * features, 'x', hash)),
        namedInt32(
          'y',
          [count],
          Int32Array.from({ length: count }, (_, row) => row % 2),
        ),
        namedInt32(
          'base',
          [count],
          Int32Array.from({ length: count }, (_, row) => row),
        ),
      ];
      const outcome = {
        poison: { rows: await writeBundle(rows, context.blobs), placement: 0 },
        poisonCount: count,
        target: {
          kind: 'reversed',
          scale: 0.5,
          parameters: await writeBundle(
            [namedFloat32('parameters', [fakeSize], hashed(fakeSize, 't', hash))],
            context.blobs,
          ),
        },
        residual: { before: 2, after: 1 },
        flags: [],
        seconds: 3,
        metrics: { residual: 1 },
      };
      yield { event: { $case: 'end', value: { checkpoint, outcome: checkpoint.done ? outcome : undefined } } };
    },
    corrupt: absent,
  });
}

async function jobOf(request: CraftRequest, blobs: BlobStore): Promise<string> {
  const clean = await readBundle(request.cleanParameters, blobs, 'clean_parameters');
  const bytes = [...clean.values()].map((array) => sha256Hex(array.bytes));
  const { game, attack, options, poisonFraction, constraint, seed } = request;
  return JSON.stringify({ game, attack, options, poisonFraction, constraint, seed, bytes });
}
