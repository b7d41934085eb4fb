// @ts-check
/** The images to start from where no registry of images is reached: Debian by debootstrap, and Node as it is on this machine. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run, say, secondsSince } from './command.mjs';

const SUITE = 'bookworm';
const BASE = `localhost/theriac-base:${SUITE}`;
const NODE = `localhost/theriac-node:${process.versions.node}`;

/** What a slim Debian lives without. */
const LEFT_OUT = [
  'var/cache/*',
  'var/lib/apt/lists/*',
  'var/log/*',
  'usr/share/doc/*',
  'usr/share/man/*',
  'usr/share/locale/*',
];

/** Makes both images unless they are there. @returns {{ base: string, node: string }} their names */
export function localBase() {
  if (!exists(BASE)) makeBase();
  if (!exists(NODE)) makeNode();
  return { base: BASE, node: NODE };
}

/** @param {string} image */
const exists = (image) => run('buildah', ['images', '--quiet', image], { mayFail: true }).trim() !== '';

function makeBase() {
  const start = Date.now();
  inFolder((folder) => {
    run('debootstrap', ['--variant=minbase', '--include=libstdc++6', SUITE, path.join(folder, 'root')]);
    const excluded = LEFT_OUT.map((pattern) => `--exclude=./${pattern}`);
    const archive = path.join(folder, 'root.tar');
    run('tar', ['-C', path.join(folder, 'root'), '-cf', archive, ...excluded, '.']);
    const container = run('buildah', ['from', 'scratch']).trim();
    run('buildah', ['add', '--quiet', container, archive, '/']);
    run('buildah', ['config', '--cmd', '/bin/bash', container]);
    run('buildah', ['commit', '--quiet', '--rm', container, BASE]);
  });
  say(`${BASE} is made by debootstrap (${secondsSince(start)})`);
}

function makeNode() {
  const npm = path.join(
    execFileSync('npm', ['root', '-g'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim(),
    'npm',
  );
  const container = run('buildah', ['from', BASE]).trim();
  run('buildah', ['add', '--quiet', container, fs.realpathSync(process.execPath), '/usr/local/bin/node']);
  run('buildah', ['add', '--quiet', container, npm, '/usr/local/lib/node_modules/npm']);
  for (const name of ['npm', 'npx'])
    run('buildah', [
      'run',
      '--isolation=chroot',
      container,
      'ln',
      '-s',
      `../lib/node_modules/npm/bin/${name}-cli.js`,
      `/usr/local/bin/${name}`,
    ]);
  run('buildah', ['commit', '--quiet', '--rm', container, NODE]);
  say(`${NODE} is made of this machine's Node and npm`);
}

/** @param {(folder: string) => void} work */
function inFolder(work) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'theriac-base-'));
  try {
    work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
