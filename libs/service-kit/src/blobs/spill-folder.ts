import { TheriacError } from '@theriac/tensors';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blobName, blobRefOf } from './blob-ref';

/** Files of one store in a private temporary folder, made when first needed and removed at the end of the process. */
export interface SpillFolder {
  /** RESOURCE_EXHAUSTED when the disk is full. */
  write(name: string, content: Uint8Array): Promise<void>;
  /** DATA_LOSS when the file is gone or not what was written: the name is the hexadecimal SHA-256 of the content. */
  read(name: string, size: number): Promise<Uint8Array>;
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}

export function spillFolder(parent: string): SpillFolder {
  let folder: string | undefined;
  const removeNow = () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  const open = () => {
    if (folder === undefined) {
      folder = mkdtempSync(join(parent, 'theriac-blobs-')); // mode 0700
      process.on('exit', removeNow);
    }
    return folder;
  };
  return {
    async write(name, content) {
      try {
        await writeFile(join(open(), name), content, { mode: 0o600 });
      } catch (error) {
        if (folder !== undefined) await rm(join(folder, name), { force: true });
        throw noRoom(error);
      }
    },
    async read(name, size) {
      const content = await readFile(join(open(), name)).catch(() => undefined);
      if (content?.byteLength === size && blobName(await blobRefOf(content)) === name) return content;
      throw new TheriacError(`the stored blob ${name.slice(0, 12)} was damaged on disk`, {
        code: 'DATA_LOSS',
        found: content ? `${content.byteLength} bytes` : 'no file',
        allowed: `${size} bytes of that digest`,
        remedy: 'Put it again by BlobsService.Put.',
      });
    },
    async remove(name) {
      if (folder !== undefined) await rm(join(folder, name), { force: true });
    },
    async close() {
      process.off('exit', removeNow);
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
      folder = undefined;
    },
  };
}

function noRoom(error: unknown): TheriacError {
  const found = (error as NodeJS.ErrnoException).code ?? String(error);
  return new TheriacError('the service cannot move blobs to its disk', {
    code: 'RESOURCE_EXHAUSTED',
    found,
    remedy: 'Make room where temporary files lie (TMPDIR), or start the service with a higher THERIAC_BLOB_MEMORY_MIB.',
    retryAfterSeconds: 30,
  });
}
