#!/usr/bin/env node
// @ts-check
/**
 * Everything a fresh clone needs before it can run: `npm start` and `npm test` call this first.
 *
 *   1. the Node version                 one clear line when it is not one that package.json allows
 *   2. the packages                     npm ci, only when node_modules is not what package-lock.json asks for
 *   3. the native library of tensors    tools/libtensorflow.mjs; without it the wasm backend serves
 *   4. the build                        nx run-many -t build, only when a source file is newer than the last build
 *
 * Idempotent; says one line for each thing that it does, and nothing when all is in place. Two at once take turns.
 * All lines go to stderr: stdout belongs to what comes after.
 */
import { inspect } from 'node:util';
import { build } from './setup/build.mjs';
import { withLock } from './setup/lock.mjs';
import { nodeVersionProblem } from './setup/node-version.mjs';
import { installPackages } from './setup/packages.mjs';
import { CommandFailed, ROOT, say } from './setup/command.mjs';

async function setUp() {
  await installPackages();
  const { provisionTensorflow } = await import('./libtensorflow.mjs');
  // Both are mostly waiting: for a download and a compiler here, for swc there.
  await Promise.all([build(), provisionTensorflow({ root: ROOT, log: say })]);
}

const problem = nodeVersionProblem(process.versions.node);
if (problem) {
  say(problem);
  process.exitCode = 1;
} else {
  try {
    await withLock(setUp);
  } catch (error) {
    say(error instanceof CommandFailed ? error.message : inspect(error));
    process.exitCode = 1;
  }
}
