// @ts-check
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from './command.mjs';

/**
 * @param {string} found for example "20.20.2"
 * @returns {string | undefined} one line that says what is wrong and what to do, or undefined
 */
export function nodeVersionProblem(found) {
  const { engines } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const allowed = /^>=(\d+)\.(\d+) <(\d+)$/.exec(engines.node);
  if (!allowed) throw new Error(`engines.node in package.json is "${engines.node}"; expected ">=A.B <C"`);
  const [major = 0, minor = 0] = found.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0, below = 0] = allowed.slice(1).map(Number);
  if (major < below && (major > leastMajor || (major === leastMajor && minor >= leastMinor))) return undefined;
  return `Node is ${found}; allowed: ${engines.node}. Install Node ${below - 1}, for example with: nvm install ${below - 1}`;
}
