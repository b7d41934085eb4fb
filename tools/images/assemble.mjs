#!/usr/bin/env node
// @ts-check
/**
 * Lays out what one image holds of this repository: `node tools/images/assemble.mjs trainer|attacker|evaluator|driver FOLDER`.
 *
 *   app/<package>             the packages that the program needs, built, without sources and source maps
 *   app/node_modules/@theriac links to them
 *   app/proto, app/LICENSE    and, for the driver, app/experiments: the tables
 *   usr/local/bin             theriac-health; for the driver theriac
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));
const SCOPE = '@theriac/';

/** The package that each image runs. */
export const PROGRAMS = {
  trainer: 'services/trainer',
  attacker: 'services/attacker',
  evaluator: 'services/evaluator',
  driver: 'apps/cli',
};

/**
 * The folders of a package and of all that it needs of this repository, in order.
 *
 * @param {string} program for example services/trainer
 * @param {string} [root]
 * @returns {string[]}
 */
export function packagesOf(program, root = ROOT) {
  const folders = new Map(
    ['libs', 'services', 'apps'].flatMap((group) =>
      fs.readdirSync(path.join(root, group)).map((name) => {
        const folder = `${group}/${name}`;
        return /** @type {const} */ ([manifestOf(root, folder).name, folder]);
      }),
    ),
  );
  const found = new Set([program]);
  for (const folder of found)
    for (const name of Object.keys(manifestOf(root, folder).dependencies ?? {})) {
      const needed = folders.get(name);
      if (needed) found.add(needed);
    }
  return [...found].sort();
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {{ name: string, dependencies?: Record<string, string> }}
 */
const manifestOf = (root, folder) => JSON.parse(fs.readFileSync(path.join(root, folder, 'package.json'), 'utf8'));

/**
 * @param {keyof typeof PROGRAMS} target
 * @param {string} out
 */
export function assemble(target, out) {
  const program = PROGRAMS[target];
  const app = path.join(out, 'app');
  const links = path.join(app, 'node_modules', SCOPE);
  fs.mkdirSync(links, { recursive: true });
  for (const folder of packagesOf(program)) {
    const from = path.join(ROOT, folder);
    if (!fs.existsSync(path.join(from, 'dist'))) throw new Error(`${folder} is not built. Run npm run build.`);
    fs.cpSync(from, path.join(app, folder), { recursive: true, filter: (file) => isOfTheProgram(from, file) });
    fs.symlinkSync(`../../${folder}`, path.join(links, manifestOf(ROOT, folder).name.slice(SCOPE.length)));
  }
  const others = target === 'driver' ? ['proto', 'LICENSE', 'experiments'] : ['proto', 'LICENSE'];
  for (const name of others) fs.cpSync(path.join(ROOT, name), path.join(app, name), { recursive: true });
  const commands = target === 'driver' ? { theriac: 'apps/cli/bin/theriac.cjs' } : {};
  const bin = path.join(out, 'usr', 'local', 'bin');
  fs.mkdirSync(bin, { recursive: true });
  for (const [name, file] of Object.entries({ ...commands, 'theriac-health': 'libs/service-kit/bin/health.cjs' })) {
    fs.chmodSync(path.join(app, file), 0o755);
    fs.symlinkSync(`/app/${file}`, path.join(bin, name));
  }
}

/**
 * @param {string} root of the package
 * @param {string} file
 */
function isOfTheProgram(root, file) {
  const [first] = path.relative(root, file).split(path.sep);
  return first !== 'src' && first !== 'node_modules' && !/\.(map|spec\.js)$/.test(file);
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [target = '', out] = process.argv.slice(2);
  if (!(target in PROGRAMS) || out === undefined) {
    process.stderr.write(`assemble: say what and where: ${Object.keys(PROGRAMS).join('|')} FOLDER\n`);
    process.exitCode = 2;
  } else assemble(/** @type {keyof typeof PROGRAMS} */ (target), out);
}
