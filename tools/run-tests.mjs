#!/usr/bin/env node
// @ts-check
/**
 * Runs every test of the workspace: `node tools/run-tests.mjs [jest arguments]`. `npm test` sets up first.
 *
 * The last line is `N passed, N failed`. A test file that cannot even be loaded counts as one failed test.
 * Ends with exit code 1 when a test failed, and when none ran.
 */
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from './setup/command.mjs';

/** Test files at a time; each computes with one thread (jest.config.cjs). */
const WORKERS = Math.max(2, Math.floor(os.availableParallelism() / 2));

const jest = path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
const { stdout, status } = spawnSync(
  process.execPath,
  [jest, `--maxWorkers=${WORKERS}`, '--json', ...process.argv.slice(2)],
  {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  },
);
const { passed, failed } = counts(stdout);
const good = status === 0 && failed === 0 && passed > 0;
console.log(`${passed} passed, ${good ? 0 : Math.max(failed, 1)} failed`);
process.exitCode = good ? 0 : 1;

/** @param {string} output of jest --json: its report is one line of it, unless jest itself failed */
function counts(output) {
  const report = output.split('\n').findLast((line) => line.startsWith('{"num'));
  if (report === undefined) return { passed: 0, failed: 0 };
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(report);
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
}
