#!/usr/bin/env node
// @ts-check
/**
 * Builds and tests the images: `npm run images -- build|test [--base IMAGE --node IMAGE] [--tensorflow cpu|gpu]`.
 * Needs buildah, podman, runc or crun, kubectl, and debootstrap where no base is given. Where one is missing it says so and ends with 0,
 * having done nothing; --required makes that an error.
 */
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import { isInstalled, say } from './command.mjs';
import { test } from './test.mjs';

const NEEDED = { build: ['buildah', 'podman', 'debootstrap'], test: ['podman', 'kubectl', 'catatonit'] };

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      base: { type: 'string' },
      node: { type: 'string' },
      tensorflow: { type: 'string', default: 'cpu' },
      required: { type: 'boolean', default: false },
    },
  });
  const [verb = ''] = positionals;
  const { base, node, tensorflow, required } = values;
  if (!(verb in NEEDED) || (tensorflow !== 'cpu' && tensorflow !== 'gpu')) {
    throw new Error(
      'say what: npm run images -- build|test [--base IMAGE --node IMAGE] [--tensorflow cpu|gpu] [--required]',
    );
  }
  const needed = NEEDED[/** @type {keyof typeof NEEDED} */ (verb)];
  const missing = needed.filter((program) => !(program === 'debootstrap' && base && node) && !isInstalled(program));
  if (missing.length > 0) {
    say(`notice: nothing is done, since there is no ${missing.join(' and no ')} here`);
    process.exitCode = required ? 1 : 0;
  } else if (verb === 'build') {
    await build({ tensorflow, ...(base ? { base } : {}), ...(node ? { node } : {}) });
  } else {
    await test();
  }
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
