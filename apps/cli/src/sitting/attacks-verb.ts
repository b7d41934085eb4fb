/** What `theriac attacks` prints: the attacker's own description. */
import { placements } from '@theriac/contract';
import { canonicalJson } from '@theriac/game';
import { callUnary } from '@theriac/service-kit';
import { optionSpecs } from '../arguments/from-describe';
import type { Addresses } from '../embedded/table';
import { describedText } from '../presentation/described';
import { withSitting } from './sitting';

export interface AttacksRequest {
  readonly addresses: Addresses;
  readonly allowPlaintext?: boolean;
  readonly tls?: string;
  readonly json?: boolean;
}

/** Lists the attacks with summary, source, needs and options. */
export async function attacksVerb(request: AttacksRequest): Promise<void> {
  const found = await withSitting({ ...request, wanted: ['attacker'] }, ({ players, signal }) =>
    callUnary(players.attacker.client, 'describe', {}, { signal }),
  );
  const attacks = found.attacks.map((attack) => ({
    id: attack.id,
    summary: attack.summary,
    source: attack.source,
    needs: attack.needs,
    placement: placements.toName(attack.placement) ?? 'added',
    options: optionSpecs(attack),
  }));
  process.stdout.write(
    request.json === true
      ? canonicalJson(attacks)
      : `${attacks.map((attack) => describedText(attack, attack.placement === 'replaced' ? `${attack.id} (replaces clean rows)` : attack.id)).join('\n')}\n`,
  );
}
