/** How far poisoned training leads from clean training: ||w_poisoned - w_clean||, running statistics included. */
import type { Manifest } from '@theriac/game';
import { decodeSafetensors, float32Of, TheriacError } from '@theriac/tensors';
import type { FinishedTraining } from './records';
import type { RunDirectory } from './run-directory';
import { defenderTasks } from './table-of-work';

/** The distance of each pair of defenders, by protocol; null where one diverged. Empty for plain training. */
export function parameterDistances(
  manifest: Manifest,
  run: Pick<RunDirectory, 'readFile'>,
  trainings: ReadonlyMap<string, FinishedTraining>,
): Map<string, (number | null)[]> {
  const distances = new Map<string, (number | null)[]>();
  if (manifest.attack === null) return distances;
  for (const name of manifest.protocols) {
    const one = { ...manifest, protocols: [name] };
    const clean = defenderTasks(one, false).map(({ key }) => trainings.get(key));
    const poisoned = defenderTasks(one, true).map(({ key }) => trainings.get(key));
    const apart = clean.map((before, index) => {
      const after = poisoned[index];
      if (before?.status !== 'scored' || after?.status !== 'scored') return null;
      return distanceBetween(run.readFile(before.parameters), run.readFile(after.parameters));
    });
    distances.set(name, apart);
  }
  return distances;
}

/** Euclidean distance of two files' tensors "parameters", in float64. Throws DATA_LOSS where their sizes differ. */
export function distanceBetween(first: Uint8Array, second: Uint8Array): number {
  const [a, b] = [first, second].map(parametersIn);
  if (a === undefined || b === undefined || a.length !== b.length)
    throw new TheriacError('two files of parameters differ in size', {
      code: 'DATA_LOSS',
      field: 'parameters',
      found: `${b?.length ?? 0} values`,
      allowed: `${a?.length ?? 0} values`,
    });
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((b[i] ?? 0) - (a[i] ?? 0)) ** 2;
  return Math.sqrt(sum);
}

/** The tensor "parameters" of a safetensors file. */
export function parametersIn(bytes: Uint8Array): Float32Array | undefined {
  const tensor = decodeSafetensors(bytes).tensors.find(({ name }) => name === 'parameters');
  return tensor === undefined ? undefined : float32Of(tensor);
}
