import type { ModelsReport, ModelsRow } from './models';
import { bound, table } from './report-table';

/** The comparison with PyTorch as text. */
export function modelsText({ backend, torchVersion, rows }: ModelsReport): string {
  const { name, version, device, threads } = backend;
  const head = ['', 'rows', 'ours', 'best', 'torch', 'best', 'ours/torch', 'asked', ''];
  const lines = rows.map((row) => [
    `${row.model}: ${row.work}`,
    String(row.rows),
    `${row.ours.median.toFixed(2)} ms`,
    `${row.ours.best.toFixed(2)} ms`,
    row.torch === undefined ? '-' : `${row.torch.median.toFixed(2)} ms`,
    row.torch === undefined ? '-' : `${row.torch.best.toFixed(2)} ms`,
    row.ratio === undefined ? '-' : row.ratio.toFixed(2),
    asked(row),
    verdict(row),
  ]);
  const judged = rows.map(verdict).filter((text) => text !== '');
  return [
    torchVersion === undefined
      ? `${name} ${version} on ${device}, ${threads} threads (medians); no PyTorch here to compare with: set THERIAC_PYTHON`
      : `${name} ${version} against PyTorch ${torchVersion} on ${device}, ${threads} threads each, in turns (medians)`,
    table([head, ...lines]),
    bound(
      `what was asked of ${judged.length} of them`,
      judged.every((text) => text === 'holds'),
    ),
  ].join('\n');
}

function asked({ atMost, atMostMs }: ModelsRow): string {
  if (atMost !== undefined) return `<= ${atMost.toFixed(1)}`;
  return atMostMs === undefined ? '' : `<= ${atMostMs} ms`;
}

function verdict({ ours, ratio, atMost, atMostMs }: ModelsRow): string {
  if (atMostMs !== undefined) return ours.median <= atMostMs ? 'holds' : 'MISSED';
  if (atMost === undefined || ratio === undefined) return '';
  return ratio <= atMost ? 'holds' : 'MISSED';
}
