/** What `theriac attacks` prints: the attacker's own description. */
import { canonicalJson, describeOption } from '@theriac/game';
import { callUnary } from '@theriac/service-kit';
import { optionSpecs } from '../arguments/from-describe';
import type { Addresses } from '../embedded/table';
import { wrapped } from '../presentation/table';
import { withSitting } from './sitting';

export interface AttacksRequest {
  readonly addresses: Addresses;
  readonly allowPlaintext?: boolean;
  readonly json?: boolean;
}

const width = 108;

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
    options: optionSpecs(attack),
  }));
  process.stdout.write(request.json === true ? canonicalJson(attacks) : `${attacks.map(attackText).join('\n')}\n`);
}

function attackText(attack: {
  id: string;
  summary: string;
  source: string;
  options: ReturnType<typeof optionSpecs>;
}): string {
  const options = attack.options.map(
    (option) =>
      `  ${option.name}=${String(option.default)}  ${wrapped(`${option.description} (${describeOption(option)})`, width - option.name.length, '      ')}`,
  );
  return [
    `${attack.id}`,
    `  ${wrapped(attack.summary, width, '  ')}`,
    `  Source: ${attack.source}`,
    ...options,
    '',
  ].join('\n');
}
