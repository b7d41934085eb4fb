// @ts-check
// Plays the games of a profile and renders them: node experiments/online-feedback/play.mjs [quick] [--render]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(folder, '..', '..');
const words = process.argv.slice(2);
const profile = words.find((word) => !word.startsWith('--')) ?? 'quick';
const { common, ...profiles } = JSON.parse(readFileSync(path.join(folder, 'games.json'), 'utf8'));
const games = profiles[profile];
if (games === undefined) {
  process.stderr.write(`There is no profile ${profile}; allowed: ${Object.keys(profiles).join(', ')}.\n`);
  process.exit(2);
}
const results = path.join(folder, 'results', profile);
mkdirSync(results, { recursive: true });
if (!words.includes('--render'))
  for (const [name, own] of Object.entries(games)) {
    const args = ['online', ...common, ...own, '--reuse', '--json'];
    const { status, stdout } = spawnSync(
      process.execPath,
      [path.join(root, 'apps', 'cli', 'bin', 'theriac.cjs'), ...args],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 },
    );
    if (status !== 0) process.exit(status ?? 1);
    writeFileSync(path.join(results, `${name}.json`), stdout);
  }
const { onlineMarkdown, onlinePlotPage } = createRequire(import.meta.url)(
  path.join(root, 'apps', 'cli', 'dist', 'online', 'online-table.js'),
);
const cards = Object.keys(games)
  .map((name) => path.join(results, `${name}.json`))
  .filter((file) => existsSync(file))
  .map((file) => JSON.parse(readFileSync(file, 'utf8')));
writeFileSync(`${results}.md`, onlineMarkdown(profile, cards));
writeFileSync(`${results}.html`, onlinePlotPage(profile, cards));
process.stdout.write(
  `${cards.length} of ${Object.keys(games).length} games: ${path.relative(root, results)}.md, .html\n`,
);
