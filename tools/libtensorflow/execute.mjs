// @ts-check
import { spawn } from 'node:child_process';

/**
 * Runs a command quietly, without holding up the rest of the process.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<{code: number | null, output: string}>} what it printed; code is null when it could not start
 */
export function execute(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    /** @type {Buffer[]} */
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', () => resolve({ code: null, output: '' }));
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }));
  });
}
