#!/usr/bin/env node
// @ts-check
/**
 * Makes a new attack that works: `npm run new:attack -- my-attack`. Writes services/attacker/src/attacks/my-attack.ts and its
 * spec, copies of services/attacker/src/template under the new name, and the attack's line in registry.ts. An id that is bad
 * or taken is refused, and nothing is written then.
 */
import fs from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { ROOT } from './setup/command.mjs';

const SOURCES = path.join(ROOT, 'services', 'attacker', 'src');
const REGISTRY = path.join(SOURCES, 'attacks', 'registry.ts');
const LONGEST = 40;

const USAGE = `Usage: npm run new:attack -- <id>

Makes services/attacker/src/attacks/<id>.ts, its spec and its line in registry.ts.
<id>: lower-case words joined by hyphens, such as my-attack.`;

/** @param {string} id 'my-attack' -> 'myAttack' */
const camelCase = (id) => id.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());

/** @param {string} name whether a constant may have it */
function isName(name) {
  try {
    new Function(`'use strict'; const ${name} = 0;`);
    return true;
  } catch {
    return false;
  }
}

/**
 * Why no attack can have this id, or undefined.
 *
 * @param {string} id
 * @param {string} registry its text
 */
function refusal(id, registry) {
  const lengthened = id.length > LONGEST ? `${id.slice(0, LONGEST)}...` : id;
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id) || id.length > LONGEST)
    return `attack id is "${lengthened}"; allowed: lower-case words joined by hyphens, at most ${LONGEST} characters, such as my-attack.`;
  if (!isName(camelCase(id)) || ['attacks', 'registry', 'attack'].includes(camelCase(id)))
    return `attack id is "${id}", which the code needs for itself; choose another, such as my-${id}.`;
  const taken =
    registry.includes(`'./${id}'`) ||
    new RegExp(`\\b${camelCase(id)}\\b`).test(registry) ||
    ['', '.ts', '.spec.ts', '-options.ts'].some((end) => fs.existsSync(path.join(SOURCES, 'attacks', id + end)));
  return taken ? `attack id is "${id}", which is taken; choose another.` : undefined;
}

/**
 * The template's file for `id`.
 *
 * @param {string} name
 * @param {string} id
 */
function fromTemplate(name, id) {
  const words = id.replaceAll('-', ' ');
  return fs
    .readFileSync(path.join(SOURCES, 'template', name), 'utf8')
    .replaceAll('my-attack', id)
    .replaceAll('myAttack', camelCase(id))
    .replaceAll('My attack', words[0]?.toUpperCase() + words.slice(1))
    .replaceAll("'my attack'", `'${words}'`);
}

/**
 * registry.ts with one attack more: its import in the order of the others, its entry last.
 *
 * @param {string} registry
 * @param {string} id
 */
function registered(registry, id) {
  const lines = registry.split('\n');
  const own = `import { ${camelCase(id)} } from './${id}';`;
  const module = /** @param {string} line */ (line) => /from '\.\/([^']+)';$/.exec(line)?.[1];
  const imports = lines.flatMap((line, at) => (module(line) === undefined ? [] : [at]));
  const before = imports.find((at) => /** @type {string} */ (module(lines[at] ?? '')) > id);
  lines.splice(before ?? /** @type {number} */ (imports.at(-1)) + 1, 0, own);
  const text = lines.join('\n');
  const list = /(export const attacks: readonly Attack\[\] = \[[^\]]*?),?\s*\];/;
  if (!list.test(text)) throw new Error(`${REGISTRY} has no list of attacks any more.`);
  return text.replace(list, (_, entries) => `${entries}, ${camelCase(id)}];`);
}

/** @param {string} file @param {string} text */
async function write(file, text) {
  const options = await resolveConfig(file);
  fs.writeFileSync(file, await format(text, { ...options, filepath: file }));
  console.log(path.relative(ROOT, file).split(path.sep).join('/'));
}

const [id, ...rest] = process.argv.slice(2);
if (id === undefined || id === '--help' || rest.length > 0) {
  console.log(USAGE);
  process.exitCode = id === '--help' ? 0 : 1;
} else {
  const registry = fs.readFileSync(REGISTRY, 'utf8');
  const why = refusal(id, registry);
  if (why !== undefined) {
    console.error(why);
    process.exitCode = 1;
  } else {
    const attack = path.join(SOURCES, 'attacks', id);
    await write(`${attack}.ts`, fromTemplate('my-attack.ts', id));
    await write(`${attack}.spec.ts`, fromTemplate('my-attack.spec.ts', id));
    await write(REGISTRY, registered(registry, id));
    console.log(`\nNext: npx jest ${path.relative(ROOT, attack).split(path.sep).join('/')}.spec.ts`);
  }
}
