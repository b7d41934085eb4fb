/** A folder for the sockets of services that belong to this process; what a process that was killed left behind is removed. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunning, thisProcess } from '../driver/process-identity';
import type { ProcessIdentity } from '../driver/process-identity';

const prefix = 'theriac-sockets-';
const ownerFile = 'owner.json';

/** Makes one below `parent`, and clears those whose owner has certainly ended. The caller removes. */
export function makePrivateFolder(parent = tmpdir()): string {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    const owner = ownerOf(join(parent, name));
    if (owner !== undefined && isRunning(owner) === false) rmSync(join(parent, name), { recursive: true, force: true });
  }
  const folder = mkdtempSync(join(parent, prefix));
  writeFileSync(join(folder, ownerFile), JSON.stringify(thisProcess()));
  return folder;
}

function ownerOf(folder: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, ownerFile), 'utf8')) as ProcessIdentity;
  } catch {
    return undefined; // another user's, or not written yet
  }
}
