/** What `theriac doctor` prints, and what it advises. */
import { examine } from './findings';
import type { Findings } from './findings';
import { figure } from '../presentation/figures';
import { wrapped } from '../presentation/table';

const width = 100;

/** Looks and prints; throws nothing for what is missing: that is what it is there to say. */
export async function doctorVerb(json: boolean): Promise<void> {
  const findings = await examine();
  const advice = adviceFor(findings);
  process.stdout.write(json ? `${JSON.stringify({ ...findings, advice }, null, 2)}\n` : doctorText(findings, advice));
}

/** How to get a faster engine and complete data; empty: nothing to improve that we know of. */
export function adviceFor({ engine, failure, nativeLibrary, data }: Findings): string[] {
  const advice: string[] = [];
  if (failure !== null) advice.push(`No engine starts: ${failure} Run \`npm run setup\`.`);
  for (const { name, why, remedy } of engine?.rejected ?? []) advice.push(`${name}: ${why}. ${remedy}`);
  if (nativeLibrary !== null && !nativeLibrary.ok && engine?.name !== 'tensorflow')
    advice.push(
      `The native library is ${nativeLibrary.status}: ${nativeLibrary.why ?? ''}. Remedy: ${nativeLibrary.remedy ?? ''}.`,
    );
  if (nativeLibrary === null && engine?.name !== 'tensorflow')
    advice.push('The native library was never set up. Run `npm run setup`.');
  if (engine?.name === 'tensorflow' && engine.device === 'cpu')
    advice.push('With an NVIDIA GPU: THERIAC_TENSORFLOW=gpu npm run setup takes the CUDA library.');
  for (const { id, state, why } of data.datasets) {
    if (state === 'damaged') advice.push(`${id}: ${why ?? 'damaged'}`);
    if (state === 'missing')
      advice.push(`${id}: files are downloaded when first played; or set THERIAC_DATA to a folder that has them.`);
  }
  return advice;
}

/** The findings for reading. */
export function doctorText(findings: Findings, advice: readonly string[]): string {
  const { engine, failure, nativeLibrary, machine, data, versions, settings, cache } = findings;
  const lines: [string, string][] = [
    [
      'engine',
      engine === null ? `none (${failure ?? 'unknown'})` : `${engine.name} ${engine.version} on ${engine.device}`,
    ],
    ...(engine === null
      ? []
      : ([
          ['chosen', engine.reason],
          [
            'checked',
            `second derivatives ${engine.secondOrder ? 'right' : 'WRONG'}, largest relative error ${figure(engine.selfCheck.worstRelativeError)}, ${engine.selfCheck.seconds.toFixed(2)} s`,
          ],
          ['graphs', engine.compiles ? 'hot functions are compiled' : 'not on this engine: functions run eagerly'],
          ['threads', String(engine.threads)],
        ] satisfies [string, string][])),
    [
      'native library',
      nativeLibrary === null
        ? 'not set up'
        : nativeLibrary.ok
          ? `${nativeLibrary.flavour ?? ''} ${nativeLibrary.version ?? ''}, ${nativeLibrary.binding ?? ''}`
          : `${nativeLibrary.status}: ${nativeLibrary.why ?? ''}`,
    ],
    [
      'machine',
      `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB (${machine.freeMemoryGiB} free), load ${machine.load}`,
    ],
    ['data', data.directory],
    [
      'data sets',
      data.datasets.map(({ id, state, needsFiles }) => `${id} ${needsFiles ? state : 'made here'}`).join(', '),
    ],
    ['cache', cache],
    [
      'settings',
      Object.entries(settings)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ') || 'none',
    ],
    [
      'versions',
      Object.entries(versions)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
    ],
  ];
  const label = 16;
  const body = lines.map(([name, text]) => `${name.padEnd(label)}${wrapped(text, width, ' '.repeat(label))}`);
  const remedies = advice.map((line) => `- ${wrapped(line, width, '  ')}`);
  return [...body, '', advice.length === 0 ? 'Nothing to improve.' : 'Could be better:', ...remedies, ''].join('\n');
}
