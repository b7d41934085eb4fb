/** The native addon of @tensorflow/tfjs-node-gpu (the same sources as tfjs-node; the device is chosen at run time). */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Missing } from './missing.mjs';

const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'];

/** `{folder, headers}`: where the addon's package and Node's API headers are installed. Throws Missing. */
export function installedPackages(root) {
  const require = createRequire(path.join(root, 'libs', 'tensors', 'package.json'));
  try {
    const folder = path.dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
    return { folder, headers: require('node-api-headers').include_dir };
  } catch {
    throw new Missing('the npm packages are not installed', 'run npm install');
  }
}

/** Compiles the addon against the library in `home`, unless it is there; its name tells its sources and its size. */
export function addon(home, { folder, headers }, { log = () => {} } = {}) {
  const sources = SOURCES.map((name) => path.join(folder, 'binding', name));
  const key = createHash('sha256')
    .update([home, ...sources.map((file) => fs.readFileSync(file))].join('\0'))
    .digest('hex')
    .slice(0, 12);
  const known = fs.readdirSync(home).find((name) => name.startsWith(`binding-${key}-`) && whole(path.join(home, name)));
  if (known) return path.join(home, known);

  const compiler = process.env.CXX || 'g++';
  if (spawnSync(compiler, ['--version'], { stdio: 'ignore' }).status !== 0) {
    throw new Missing(`the C++ compiler ${compiler} is not installed`, 'install g++, then run npm run setup');
  }
  log('compiling the native addon (once)');
  const made = path.join(home, `.binding-${key}-${process.pid}`);
  const { status, stderr } = spawnSync(
    compiler,
    [
      ...['-std=c++17', '-O2', '-fPIC', '-shared', '-w', '-DNAPI_VERSION=8'],
      ...[headers, path.join(home, 'include'), path.dirname(folder)].map((include) => `-I${include}`),
      ...[...sources, '-o', made, `-L${path.join(home, 'tensorflow')}`],
      ...['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2', `-Wl,-rpath,${path.join(home, 'tensorflow')}`],
    ],
    { stdio: 'pipe' },
  );
  if (status !== 0) {
    fs.rmSync(made, { force: true });
    const said =
      String(stderr)
        .split('\n')
        .find((line) => /error/i.test(line)) ?? 'no message';
    throw new Missing(
      `${compiler} could not compile the native addon (${said.slice(0, 200)})`,
      'a C++17 compiler (g++ 9 or newer) is needed',
    );
  }
  const binding = path.join(home, `binding-${key}-${fs.statSync(made).size}.node`);
  fs.renameSync(made, binding);
  return binding;
}

const whole = (file) => fs.statSync(file).size === Number(/-(\d+)\.node$/.exec(file)?.[1]);

const linkOf = (folder) => path.join(folder, 'lib', 'napi-v8', 'tfjs_binding.node');

/** Links the addon to where the package looks for it. */
export function link(binding, folder) {
  const place = linkOf(folder);
  try {
    if (fs.readlinkSync(place) === binding) return;
  } catch {
    // not a link, or not there
  }
  fs.mkdirSync(path.dirname(place), { recursive: true });
  const made = `${place}.${process.pid}`;
  fs.rmSync(made, { force: true });
  fs.symlinkSync(binding, made);
  fs.renameSync(made, place);
}

/** Takes the link away. */
export function unlink(folder) {
  fs.rmSync(linkOf(folder), { force: true });
}
