/** Bytes that are dear to make, kept in the cache folder and checked by sha256 when they are taken from there. */
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from './integrity';

const digestBytes = 32;

/** THERIAC_CACHE, else XDG_CACHE_HOME/theriac, else ~/.cache/theriac. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  return environment['THERIAC_CACHE'] || join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'theriac');
}

/** What is kept under this name; undefined where nothing is, or it is damaged. */
export async function findKept(name: string): Promise<Uint8Array | undefined> {
  try {
    const file = await readFile(locationOf(name));
    const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength).subarray(digestBytes);
    return digestOf(bytes).equals(file.subarray(0, digestBytes)) ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps bytes under this name. A cache that cannot be written is done without. */
export async function keep(name: string, bytes: Uint8Array): Promise<void> {
  const location = locationOf(name);
  const part = `${location}.${process.pid}.part`;
  try {
    await mkdir(join(location, '..'), { recursive: true });
    const handle = await open(part, 'w');
    try {
      await handle.write(digestOf(bytes));
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
    await rename(part, location);
  } catch {
    await rm(part, { force: true }).catch(() => undefined);
  }
}

function locationOf(name: string): string {
  return join(cacheDirectory(), 'decoded', sha256(name));
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
