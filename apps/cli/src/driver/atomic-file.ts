/** Files that are there whole or not at all: a temporary file beside them, fsync, rename, fsync of the folder. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder, onDisk } from './disk-error';

/**
 * Writes `content` at `path`, replacing what is there; folders are made. A crash leaves the old file or the new one. `fence` is
 * asked right before the file gets its name. Throws RESOURCE_EXHAUSTED, PERMISSION_DENIED or DATA_LOSS where the disk refuses.
 */
export function writeFileAtomic(path: string, content: Uint8Array | string, fence: () => void = () => {}): void {
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  onDisk(path, () => {
    const folder = dirname(path);
    makeFolder(folder);
    const temporary = `${path}.${process.pid}.tmp`;
    const file = openSync(temporary, 'w');
    try {
      try {
        let written = 0;
        while (written < bytes.byteLength) written += writeSync(file, bytes, written);
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
