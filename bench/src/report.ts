/** The figures as text: one table per part, and whether the project's own bounds hold. */
import type { BlobsRow } from './blobs';
import type { GameTimes } from './game';
import type { Machine } from './machine';
import type { ModelsReport } from './models';
import { modelsText } from './models-report';
import type { Numerics } from './numerics';
import { bound, table } from './report-table';
import type { SweepFigures } from './sweep';
import { sweepText } from './sweep-report';

export interface BenchReport {
  readonly machine: Machine;
  readonly numerics?: Numerics;
  readonly models?: ModelsReport;
  readonly blobs?: readonly BlobsRow[];
  readonly game?: GameTimes;
  readonly sweep?: SweepFigures;
}

/** All parts that were measured. */
export function reportText(report: BenchReport): string {
  const { machine, numerics, models, blobs, game, sweep } = report;
  const { processor, cores, memoryGiB, node, platform, load } = machine;
  const parts = [
    `${processor}, ${cores} cores, ${memoryGiB} GiB, ${platform}, Node ${node}; load before ${load}`,
    ...(numerics ? [numericsText(numerics)] : []),
    ...(models ? [modelsText(models)] : []),
    ...(blobs ? [blobsText(blobs)] : []),
    ...(game ? [gameText(game)] : []),
    ...(sweep ? [sweepText(sweep)] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

function numericsText({ backend, rows }: Numerics): string {
  const { name, version, device, threads } = backend;
  const head = ['', 'eager', 'compiled', 'ratio', 'difference'];
  const lines = rows.map((row) => [
    row.name,
    `${row.eager.median.toFixed(2)} ms`,
    `${row.compiled.median.toFixed(2)} ms`,
    `${row.ratio.toFixed(2)}`,
    row.difference.toExponential(0),
  ]);
  const product = rows.find((row) => row.name === 'Hessian-vector product');
  return [
    `LR, batch 1000, ${name} ${version} on ${device}, ${threads} threads (medians)`,
    table([head, ...lines]),
    bound('compiled Hessian-vector product at least 1.5 times faster', (product?.ratio ?? 0) >= 1.5),
  ].join('\n');
}

function blobsText(rows: readonly BlobsRow[]): string {
  const head = ['', 'median', 'best', 'stall of the caller', 'of the service'];
  const lines = rows.map(({ name, gigabytesPerSecond: { median, best }, stallMs }) => [
    name,
    `${median.toFixed(2)} GB/s`,
    `${best.toFixed(2)} GB/s`,
    `${stallMs.caller.toFixed(0)} ms`,
    `${stallMs.service.toFixed(0)} ms`,
  ]);
  const fast = rows.every(({ gigabytesPerSecond }) => gigabytesPerSecond.best >= 0.4);
  const smooth = rows.every(({ stallMs }) => Math.max(stallMs.caller, stallMs.service) < 40);
  return [
    'a blob of 44 MiB over loopback between two processes, digest checked on arrival',
    table([head, ...lines]),
    bound('at least 0.4 GB/s on an idle machine', fast),
    bound('event loops stand still for less than 40 ms', smooth),
  ].join('\n');
}

function gameText({ command, services, oneProcess, ratio, withStartUp, sameResult }: GameTimes): string {
  const row = (name: string, { best, median }: GameTimes['services'], all: number): string[] => [
    name,
    `${best.toFixed(1)} s`,
    `${median.toFixed(1)} s`,
    `${all.toFixed(1)} s`,
  ];
  return [
    command,
    table([
      ['', 'best', 'median', 'with start-up'],
      row('three services on Unix sockets', services, withStartUp.services),
      row('everything in one process', oneProcess, withStartUp.oneProcess),
      ['ratio', ratio.toFixed(2), (services.median / oneProcess.median).toFixed(2), ''],
    ]),
    bound('three services take at most 1.15 times as long', ratio <= 1.15),
    bound('both give the same result', sameResult),
  ].join('\n');
}
