// @ts-check
/** Builds the images by buildah: no daemon, and no registry of images where BASE and NODE are not given. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { cacheRoot, FLAVOURS, VERSION as TENSORFLOW_VERSION } from '../libtensorflow/wheel.mjs';
import { download, pythonWithPip } from '../libtensorflow/pip.mjs';
import { PROGRAMS } from './assemble.mjs';
import { localBase } from './base.mjs';
import { ROOT, run, say, secondsSince, VERSION } from './command.mjs';

/**
 * The name that deploy/kubernetes has for an image; components/gpu has those with -gpu.
 *
 * @param {string} target
 */
export const imageOf = (target, tensorflow = 'cpu') =>
  `theriac/${target}:${VERSION}${tensorflow === 'cpu' ? '' : `-${tensorflow}`}`;

/** @typedef {{ base?: string, node?: string, tensorflow: 'cpu' | 'gpu' }} Asked */

/**
 * Builds all four images, and prints the size of each layer.
 *
 * @param {Asked} asked
 */
export async function build({ base, node, tensorflow }) {
  const start = Date.now();
  const local = base && node ? { base, node } : localBase();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'theriac-build-'));
  try {
    const wheels = await wheelsFor(tensorflow, folder);
    const common = [
      ...['--format=docker', '--layers', '--isolation=chroot', '--network=host', '--pull=false'],
      ...argument('BASE', base ?? local.base),
      ...argument('NODE', node ?? local.node),
      ...argument('TENSORFLOW', tensorflow),
      ...argument('VERSION', VERSION),
      ...argument('REVISION', git('rev-parse', 'HEAD')),
      `--timestamp=${git('log', '-1', '--format=%ct') || 0}`,
      ...secrets(folder),
      ...(wheels === undefined ? [] : [`--build-context=wheels=${wheels}`]),
    ];
    for (const target of Object.keys(PROGRAMS)) {
      const began = Date.now();
      run('buildah', ['build', ...common, `--target=${target}`, `--tag=${imageOf(target, tensorflow)}`, ROOT], {
        show: true,
      });
      say(`${imageOf(target, tensorflow)} is built (${secondsSince(began)})`);
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  for (const target of Object.keys(PROGRAMS)) process.stdout.write(layersOf(imageOf(target, tensorflow)));
  say(`all images are built (${secondsSince(start)})`);
}

/**
 * @param {string} name
 * @param {string} value
 */
const argument = (name, value) => ['--build-arg', `${name}=${value}`];

/**
 * What git says of this tree; empty where there is no git or no history.
 *
 * @param {string[]} args
 */
function git(...args) {
  return run('git', args, { mayFail: true }).trim();
}

/**
 * How this machine reaches its registries, lent to the build and kept out of the layers.
 *
 * @param {string} folder for an empty file
 */
function secrets(folder) {
  const npmConfig = (/** @type {string} */ key) =>
    execFileSync('npm', ['config', 'get', key], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  const pipconf = [process.env.PIP_CONFIG_FILE, path.join(os.homedir(), '.config/pip/pip.conf'), '/etc/pip.conf'];
  const known = {
    npmrc: [npmConfig('userconfig')],
    ca: [npmConfig('cafile'), process.env.NODE_EXTRA_CA_CERTS],
    pipconf,
  };
  const nothing = path.join(folder, 'nothing');
  fs.writeFileSync(nothing, '');
  return Object.entries(known).map(([id, places]) => {
    const found = places.find((place) => place && place !== 'null' && fs.existsSync(place));
    return `--secret=id=${id},src=${found ?? nothing}`;
  });
}

/**
 * A folder with the wheel of libtensorflow, fetched by this machine's pip as it is set up here, once; undefined: the build fetches it.
 *
 * @param {'cpu' | 'gpu'} tensorflow
 * @param {string} folder to fetch into
 */
async function wheelsFor(tensorflow, folder) {
  if (tensorflow === 'gpu') return undefined; // some 4 GB with the CUDA libraries, which are not worth a copy
  const { wheel } = FLAVOURS[tensorflow];
  const wheels = path.join(path.dirname(cacheRoot(process.env)), 'wheels', `${wheel}-${TENSORFLOW_VERSION}`);
  if (fs.existsSync(wheels)) return wheels;
  try {
    const made = path.join(folder, 'wheels');
    fs.mkdirSync(made);
    await download(await pythonWithPip(), `${wheel}==${TENSORFLOW_VERSION}`, made);
    fs.cpSync(made, `${wheels}.${process.pid}`, { recursive: true });
    fs.renameSync(`${wheels}.${process.pid}`, wheels);
    return wheels;
  } catch (error) {
    say(`the build fetches libtensorflow itself: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/**
 * The layers of an image, largest last, as a table.
 *
 * @param {string} image
 */
export function layersOf(image) {
  /** @type {{ size: number, CreatedBy?: string }[]} */
  const layers = JSON.parse(run('podman', ['history', '--no-trunc', '--format=json', image]));
  const shown = layers.filter(({ size }) => size > 0).reverse();
  const line = (/** @type {number} */ size, /** @type {string} */ what) =>
    `${(size / 1e6).toFixed(1).padStart(9)} MB  ${what}\n`;
  const total = shown.reduce((sum, { size }) => sum + size, 0);
  return `${image}\n${shown.map(({ size, CreatedBy }) => line(size, describe(CreatedBy))).join('')}${line(total, 'in all')}`;
}

/** @param {string | undefined} command */
function describe(command = '') {
  const copied = /COPY (?:\S+ )?in (\S+)/.exec(command)?.[1];
  return copied ? `COPY to ${copied}` : 'the base';
}
