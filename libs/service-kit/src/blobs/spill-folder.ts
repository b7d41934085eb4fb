import { TheriacError } from '@theriac/tensors';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files of one store in a private temporary folder, made when first needed and removed at the end of the process. */
export interface SpillFolder {
  write(name: string, content: Uint8Array): Promise<void>;
  /** DATA_LOSS when the file is gone or its size differs. */
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
      await writeFile(join(open(), name), content, { mode: 0o600 });
    },
    async read(name, size) {
      const content = await readFile(join(open(), name)).catch(() => undefined);
      if (content?.byteLength === size) return content;
      throw new TheriacError(`the stored blob ${name.slice(0, 12)} was damaged on disk`, {
        code: 'DATA_LOSS',
        found: content ? `${content.byteLength} bytes` : 'no file',
        allowed: `${size} bytes`,
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
