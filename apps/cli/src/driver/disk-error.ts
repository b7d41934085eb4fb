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
  ENOTDIR: { code: 'FAILED_PRECONDITION', why: 'a file is in the way', remedy: 'Name another folder.' },
  EEXIST: { code: 'FAILED_PRECONDITION', why: 'a file is in the way', remedy: 'Name another folder.' },
  EIO: { code: 'DATA_LOSS', why: 'the disk reports an error', remedy: 'Look at the disk.' },
};

const refused = 'cannot be written';

/** Whether this error, or one that was made from it, says that the disk refuses: whatever is written next fares no better. */
export const isDiskRefusal = (error: unknown): boolean =>
  error instanceof TheriacError && (error.detail.found ?? '') in told && error.message.includes(refused);

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

/** Runs `write`. Throws RESOURCE_EXHAUSTED, PERMISSION_DENIED, FAILED_PRECONDITION or DATA_LOSS naming `path` where the disk refuses. */
export function onDisk<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const found = (error as NodeJS.ErrnoException).code ?? '';
    const refusal = told[found];
    if (refusal === undefined) throw error;
    const { why, ...detail } = refusal;
    throw new TheriacError(`${path} ${refused}: ${why}`, { ...detail, field: path, found });
  }
}
