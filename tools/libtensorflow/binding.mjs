// @ts-check
/**
 * The native addon of @tensorflow/tfjs-node-gpu (the same sources as tfjs-node; the device is chosen at run time), and the
 * little one that keeps libtensorflow quiet while it is loaded. Compiled into the library's cache folder, linked from
 * node_modules. The name of a compiled file tells its sources and its size, so that a truncated one is made anew.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { execute } from './execute.mjs';
import { Missing } from './missing.mjs';

/** @typedef {{folder: string, headers: string}} Packages */

/**
 * Where the addon's package and Node's API headers are installed. Throws Missing.
 *
 * @param {string} root
 * @returns {Packages}
 */
export function installedPackages(root) {
  const require = createRequire(path.join(root, 'libs', 'tensors', 'package.json'));
  try {
    const folder = path.dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
    return { folder, headers: require('node-api-headers').include_dir };
  } catch {
    throw new Missing('the npm packages are not installed', 'run npm install');
  }
}

/**
 * Compiles what is not compiled yet against the library in `home`, and links it into node_modules. Throws Missing.
 *
 * @param {string} home
 * @param {Packages} packages
 * @param {(line: string) => void} log
 * @returns {Promise<string>} the addon's path in the cache
 */
export async function installAddon(home, { folder, headers }, log) {
  const addon = {
    name: 'tfjs_binding',
    sources: [
      ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => path.join(folder, 'binding', file)),
      path.join(import.meta.dirname, 'small-graphs.cc'),
    ],
    flags: [
      '-DTF_LoadSessionFromSavedModel=theriac_load_session',
      ...[headers, path.join(home, 'include'), path.dirname(folder)].map((include) => `-I${include}`),
    ],
    libraries: ['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'],
  };
  const quiet = {
    name: 'quiet',
    sources: [path.join(import.meta.dirname, 'quiet.cc')],
    flags: [],
    libraries: ['-ldl'],
  };
  const [compiled, silencer] = await Promise.all([compile(home, addon, log), compile(home, quiet, () => {})]);
  link(silencer, linkOf(folder, quiet.name));
  link(compiled, linkOf(folder, addon.name));
  return compiled;
}

/**
 * Takes the links away: the backend is not there then.
 *
 * @param {string} folder of the package
 */
export function removeAddon(folder) {
  for (const name of ['tfjs_binding', 'quiet']) fs.rmSync(linkOf(folder, name), { force: true });
}

/**
 * @param {string} home
 * @param {{name: string, sources: string[], flags: string[], libraries: string[]}} unit
 * @param {(line: string) => void} log
 */
async function compile(home, { name, sources, flags, libraries }, log) {
  const hash = createHash('sha256').update(JSON.stringify([home, libraries]));
  for (const source of sources) hash.update(fs.readFileSync(source));
  const stem = `${name}-${hash.digest('hex').slice(0, 12)}`;
  const known = fs.readdirSync(home).find((file) => file.startsWith(`${stem}-`) && whole(path.join(home, file)));
  if (known) return path.join(home, known);

  const compiler = process.env.CXX || 'g++';
  if ((await execute(compiler, ['--version'])).code !== 0) {
    throw new Missing(`the C++ compiler ${compiler} is not installed`, 'install g++, then run npm run setup');
  }
  log('compiling the native addon (once)');
  const made = path.join(home, `.${stem}-${process.pid}`);
  const place = path.join(home, 'tensorflow');
  const { code, output } = await execute(compiler, [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-w', '-DNAPI_VERSION=8', ...flags],
    ...[...sources, '-o', made, `-L${place}`, ...libraries, `-Wl,-rpath,${place}`],
  ]);
  if (code !== 0) {
    fs.rmSync(made, { force: true });
    const said = output.split('\n').find((line) => /error/i.test(line)) ?? 'no message';
    throw new Missing(
      `${compiler} could not compile the native addon (${said.slice(0, 200)})`,
      'a C++17 compiler (g++ 9 or newer) is needed',
    );
  }
  const file = path.join(home, `${stem}-${fs.statSync(made).size}.node`);
  fs.renameSync(made, file);
  return file;
}

/** @param {string} file */
const whole = (file) => fs.statSync(file).size === Number(/-(\d+)\.node$/.exec(file)?.[1]);

/**
 * @param {string} folder
 * @param {string} name
 */
const linkOf = (folder, name) => path.join(folder, 'lib', 'napi-v8', `${name}.node`);

/**
 * @param {string} target
 * @param {string} place
 */
function link(target, place) {
  try {
    if (fs.readlinkSync(place) === target) return;
  } catch {
    // not a link, or not there
  }
  fs.mkdirSync(path.dirname(place), { recursive: true });
  const made = `${place}.${process.pid}`;
  fs.rmSync(made, { force: true });
  fs.symlinkSync(target, made);
  fs.renameSync(made, place);
}
