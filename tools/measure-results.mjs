#!/usr/bin/env node
// @ts-check
/**
 * Plays again the games whose figures the README shows: `npm run results`, about ten minutes on two cores, MNIST at hand.
 * Afterwards the README is rendered anew. Give `bench` as an argument to measure speed as well, on an idle machine.
 */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from './setup/command.mjs';

const FOLDER = path.join(ROOT, 'docs', 'results');
const CLI = path.join(ROOT, 'apps', 'cli', 'bin', 'theriac.cjs');

const game = (/** @type {string} */ rest) => `play --dataset mnist --model lr --poison-fraction 0.03 ${rest}`;

/** What is measured, by the name of its file. */
const MEASURED = {
  'games/1-label-flip': game('--attack label-flip'),
  'games/2-gradpc': game('--attack gradient-canceling --target gradpc'),
  'games/3-reversed': game('--attack gradient-canceling --target reversed'),
  'games/4-reversed-box': game('--attack gradient-canceling --target reversed --constraint box'),
  'corrupt/1-half': 'corrupt --model lr --epsilon-w 0.5',
  'corrupt/2-one': 'corrupt --model lr --epsilon-w 1',
};

/**
 * @param {string} name
 * @param {string} program
 * @param {readonly string[]} args
 */
function measure(name, program, args) {
  const file = path.join(FOLDER, `${name}.json`);
  const document = execFileSync(process.execPath, [program, ...args, '--json'], { cwd: ROOT, encoding: 'utf8' });
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, document);
}

const runs = fs.mkdtempSync(path.join(os.tmpdir(), 'theriac-results-'));
try {
  for (const [name, command] of Object.entries(MEASURED)) {
    process.stderr.write(`theriac ${command}\n`);
    measure(name, CLI, [...command.split(' '), '--quiet', '--runs-dir', runs]);
  }
  if (process.argv.includes('bench')) measure('bench', path.join(ROOT, 'bench', 'dist', 'main.js'), []);
} finally {
  fs.rmSync(runs, { recursive: true, force: true });
}
await import('./render-results.mjs').then(({ renderReadme }) => renderReadme());
