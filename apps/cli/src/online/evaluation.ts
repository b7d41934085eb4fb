/** What the evaluator says of an online trainer's model. */
import { ScoreRequest } from '@theriac/contract/evaluator';
import { callUnary, readRemoteBundle, writeRemoteBundle } from '@theriac/service-kit';
import { float32Of, namedFloat32, TheriacError } from '@theriac/tensors';
import { gameSpec } from '../driver/game';
import type { Game } from '../driver/game';
import { persistently } from '../driver/persistence';

type Asking = Pick<Game, 'manifest' | 'players' | 'signal'>;

/** L(mu~; w) on the attacker's validation rows, nats, and its gradient [p]. */
export function attackersLoss(asking: Asking, w: Float32Array): Promise<{ loss: number; gradient: Float32Array }> {
  return persistently(asking, ['evaluator'], "the attacker's loss", () => lossOnce(asking, w));
}

async function lossOnce(
  { manifest, players, signal }: Asking,
  w: Float32Array,
): Promise<{ loss: number; gradient: Float32Array }> {
  const { client, blobs } = players.evaluator;
  const parameters = await writeRemoteBundle(blobs, [namedFloat32('parameters', [w.length], w)], { signal });
  const { loss, gradient } = await callUnary(
    client,
    'lossGradient',
    { game: gameSpec(manifest), parameters },
    { signal },
  );
  const array = (await readRemoteBundle(blobs, gradient, { signal })).get('gradient');
  if (array === undefined)
    throw new TheriacError('the evaluator answered without a gradient', { code: 'DATA_LOSS', field: 'gradient' });
  return { loss, gradient: float32Of(array) };
}

/** Accuracy in percent and loss on the test split. */
export function scoreOf(asking: Asking, w: Float32Array): Promise<{ accuracy: number; loss: number }> {
  return persistently(asking, ['evaluator'], 'scoring', () => scoreOnce(asking, w));
}

async function scoreOnce(
  { manifest, players, signal }: Asking,
  w: Float32Array,
): Promise<{ accuracy: number; loss: number }> {
  const { client, blobs } = players.evaluator;
  const parameters = await writeRemoteBundle(blobs, [namedFloat32('parameters', [w.length], w)], { signal });
  const { scores } = await callUnary(
    client,
    'score',
    ScoreRequest.fromPartial({ game: gameSpec(manifest), parameters }),
    { signal },
  );
  const score = scores[0];
  if (score === undefined)
    throw new TheriacError('the evaluator answered without scores', { code: 'DATA_LOSS', field: 'scores' });
  return { accuracy: score.accuracy * 100, loss: score.loss };
}
