/** What the disk refuses, as one sentence with a remedy. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { TheriacError } from '@theriac/tensors';
import type { ErrorDetail } from '@theriac/tensors';

const told: Readonly<Record<string, Pick<ErrorDetail, 'code' | 'remedy'> & { why: string }>> = {
  ENOSPC: { code: 'RESOURCE_EXHAUSTED', why: 'the disk is full', remedy: 'Make room.' },
  EDQUOT: { code: 'RESOURCE_EXHAUSTED', why: 'the quota is used up', remedy: 'Make room.' },
  EROFS: { code: 'PERMISSION_DENIED', why: 'the file system is read-only', remedy: 'Mount it for writing.' },
  EACCES: { code: 'PERMISSION_DENIED', why: 'permission denied', remedy: 'Allow this user to write there.' },
  EPERM: { code: 'PERMISSION_DENIED', why: 'not permitted', remedy: 'Allow this user to write there.' },
  EIO: { code: 'DATA_LOSS', why: 'the disk reports an error', remedy: 'Look at the disk.' },
};

/** Makes a folder and those above it. Throws as `onDisk` does. */
export function makeFolder(path: string): void {
  onDisk(path, () => {
    try {
      mkdirSync(path, { recursive: true });
    } catch (error) {
      // What keeps a folder from being made is told only where its parent is there.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      makeFolder(dirname(path));
      mkdirSync(path);
    }
  });
}

/** Runs `write`. Throws RESOURCE_EXHAUSTED, PERMISSION_DENIED or DATA_LOSS naming `path` where the disk refuses. */
export function onDisk<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? '';
    const refusal = told[found];
    if (refusal === undefined) throw error;
    const { why, ...detail } = refusal;
    throw new TheriacError(`${path} cannot be written: ${why}`, { ...detail, field: path, found });
  }
}
