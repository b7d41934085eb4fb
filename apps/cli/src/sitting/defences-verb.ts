/** What `theriac defences` prints: the trainer's own description. */
import { canonicalJson } from '@theriac/game';
import { callUnary } from '@theriac/service-kit';
import { defenceCatalogue } from '../arguments/from-describe';
import type { Addresses } from '../embedded/table';
import { describedText } from '../presentation/described';
import { withSitting } from './sitting';

export interface DefencesRequest {
  readonly addresses: Addresses;
  readonly allowPlaintext?: boolean;
  readonly tls?: string;
  readonly json?: boolean;
}

/** Lists the defences with kind, summary, source and options. */
export async function defencesVerb(request: DefencesRequest): Promise<void> {
  const found = await withSitting({ ...request, wanted: ['trainer'] }, ({ players, signal }) =>
    callUnary(players.trainer.client, 'describe', {}, { signal }),
  );
  const defences = defenceCatalogue(found);
  const text = defences.map((defence) => describedText(defence, `${defence.id} (${defence.kind})`)).join('\n');
  process.stdout.write(request.json === true ? canonicalJson(defences) : `${text}\n`);
}
