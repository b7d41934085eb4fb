/** A result card as text for a terminal. */
import type { ProtocolCard, RemovalCard, ResultCard } from '@theriac/game';
import { duration, figure, percent, spreadText } from './figures';
import { signalLines } from './signal-lines';
import { textTable, wrapped } from './table';

/** The card; `path` is where its run lies. */
export function cardSummary(card: ResultCard, path: string): string {
  return [
    headline(card),
    '',
    protocolTable(card),
    ...reportedLines(card),
    ...signalLines(card),
    ...detailLines(card),
    ...card.flags.map((flag) => wrapped(`! ${flag}`, 110, '  ')),
    '',
    `Report: ${path}/report.html`,
    '',
  ].join('\n');
}

function headline(card: ResultCard): string {
  const target = card.target === null ? '' : `, ${card.target.kind} target`;
  const attack =
    card.attack === 'none'
      ? 'no poison'
      : `${card.attack}${target}, ${card.poisonCount} ${card.placement === 'replaced' ? 'rows replaced (share' : 'poison rows (fraction'} ${card.poisonFraction})`;
  return wrapped(`${card.model} on ${card.dataset}, ${attack}`, 110);
}

function protocolTable(card: ResultCard): string {
  const poisoned = card.attack !== 'none';
  // Of rows that were replaced, what the defender believes counts: its accuracy on the rows it was given.
  const trained = card.placement === 'replaced';
  const columns = [
    { title: 'protocol' },
    { title: 'clean %', align: 'right' as const },
    ...(poisoned
      ? [
          { title: 'poisoned %', align: 'right' as const },
          { title: 'drop', align: 'right' as const },
          { title: 'last epoch', align: 'right' as const },
          { title: 'best epoch', align: 'right' as const },
        ]
      : []),
    ...(trained ? [{ title: 'on its own rows', align: 'right' as const }] : []),
    { title: 'gradient norm', align: 'right' as const },
    { title: 'time', align: 'right' as const },
  ];
  const rows = card.protocols.map((protocol) => [
    protocol.name,
    spreadText(protocol.clean),
    ...(poisoned
      ? [
          spreadText(protocol.poisoned),
          spreadText(protocol.drop),
          percent(protocol.last.poisoned.mean),
          percent(protocol.best.poisoned.mean),
        ]
      : []),
    ...(trained ? [percent(protocol.training?.poisoned.mean ?? null)] : []),
    figure(protocol.gradientNorm.mean),
    duration(protocol.seconds),
  ]);
  const converged = card.protocols.some(({ name }) => name === 'converged');
  const seeds = `${card.seeds.length} seed${card.seeds.length === 1 ? '' : 's'} (${card.seeds.join(', ')})`;
  return `${textTable(columns, rows)}\nPercent; mean ± deviation over ${seeds}, of the mean over the last ten epochs.${converged ? ' Converged: no epochs, one seed.' : ''}`;
}

function reportedLines({ reported }: ResultCard): string[] {
  if (reported === null) return [];
  const drop = reported.drop === null ? 'no drop reported for this game' : `drop ${percent(reported.drop)}`;
  return [`Reported: clean ${percent(reported.clean)}, ${drop} (${reported.source})`];
}

/** What the defence left out, protocol by protocol. */
function defenceLines({ defence, protocols, attack }: ResultCard): string[] {
  if (defence === 'none') return [];
  const removed = protocols.flatMap(({ name, removed: found }) => {
    if (found === undefined || found.rows.mean === null || nothingLeftOut(found)) return [];
    const truth =
      attack === 'none' ? '' : `; precision ${percent(found.precision.mean)}%, recall ${percent(found.recall.mean)}%`;
    return [`  ${name}: ${figure(found.rows.mean)} rows left out${truth}`];
  });
  return [`Defence: ${defence}`, ...removed, ...protocols.flatMap(guaranteeLines)];
}

/** Whether no row was left out anywhere: defences within training leave none out. */
export const nothingLeftOut = ({ clean, rows }: RemovalCard): boolean => clean.mean === 0 && rows.mean === 0;

/** What training guarantees. */
function guaranteeLines({ name, privacy, vote }: ProtocolCard): string[] {
  const lines: string[] = [];
  if (privacy !== undefined)
    lines.push(
      privacy.epsilon === null
        ? `  ${name}: not private, for want of noise`
        : `  ${name}: (${figure(privacy.epsilon)}, ${figure(privacy.delta)})-differentially private, ${privacy.steps} steps`,
    );
  if (vote !== undefined) {
    const under = vote.floor === undefined ? '' : `, against the whole poison ${percent(vote.floor.mean)}%`;
    lines.push(
      `  ${name}: ${vote.members} models vote; certified against one row ${percent(vote.poisoned.mean)}% (clean training ${percent(vote.clean.mean)}%${under})`,
    );
  }
  return lines;
}

function detailLines(card: ResultCard): string[] {
  const { target, residual, rowNorms, constraint } = card;
  const lines: string[] = defenceLines(card);
  if (target !== null)
    lines.push(
      `Target: ${target.kind}, scale ${figure(target.scale)}, accuracy ${percent(target.accuracy)}, tau ${figure(target.tau)} against a fraction of ${card.poisonFraction}`,
    );
  if (residual !== null)
    lines.push(
      `Residual ||g(mu) + eps_d g(nu)||: ${figure(residual.before)} before, ${figure(residual.after)} after${
        residual.lowerBound === null ? '' : ` (no poison can go below ${figure(residual.lowerBound)})`
      }`,
    );
  if (rowNorms !== null)
    lines.push(
      `Row norms: median ${figure(rowNorms.median)}, largest ${figure(rowNorms.max)}; clean median ${figure(rowNorms.cleanMedian)}`,
    );
  if (card.attack !== 'none')
    lines.push(
      `Constraint: ${constraint.kind}${constraint.radius === undefined ? '' : ` ${constraint.radius}`}${constraint.fixedLabels ? ', labels fixed' : ''}, ${constraint.violations.length === 0 ? 'kept' : 'BROKEN'}`,
    );
  lines.push(
    `Crafted in ${duration(card.seconds.craft)}, played in ${duration(card.seconds.total)}, backend ${card.backend}`,
  );
  return lines;
}
