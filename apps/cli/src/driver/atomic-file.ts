/** Files that are there whole or not at all: a temporary file beside them, fsync, rename, fsync of the folder. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder, onDisk } from './disk-error';

/**
 * Writes `content`, or its pieces one after another, at `path`, replacing what is there; folders are made. A crash leaves the old
 * file or the new one. `fence` is asked right before the file gets its name. Throws RESOURCE_EXHAUSTED, PERMISSION_DENIED or DATA_LOSS where the disk refuses.
 */
export function writeFileAtomic(
  path: string,
  content: Uint8Array | string | Iterable<string>,
  fence: () => void = () => {},
): void {
  const pieces = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
  onDisk(path, () => {
    const folder = dirname(path);
    makeFolder(folder);
    const temporary = `${path}.${process.pid}.tmp`;
    const file = openSync(temporary, 'w');
    try {
      try {
        for (const piece of pieces) writeWhole(file, typeof piece === 'string' ? Buffer.from(piece, 'utf8') : piece);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      fence();
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
    syncFolder(folder);
  });
}

function writeWhole(file: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.byteLength) written += writeSync(file, bytes, written);
}

/** Makes the folder's entries durable. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** The content of a file, or undefined where there is none. */
export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
