// @ts-check
/** What a run left behind: its events, and what has to be the same however it was played. */
import fs from 'node:fs';
import path from 'node:path';

/**
 * The folder of the only run in `runs`; one that is not there where there is none yet.
 *
 * @param {string} runs
 */
export function runIn(runs) {
  const names = fs.existsSync(runs) ? fs.readdirSync(runs) : [];
  return path.join(runs, names.find((name) => fs.existsSync(path.join(runs, name, 'manifest.json'))) ?? 'none');
}

/**
 * The events of a run; a line that was cut short is passed over.
 *
 * @param {string} run
 * @returns {{ event: string, key?: string, role?: string }[]}
 */
export function eventsOf(run) {
  const file = path.join(run, 'events.jsonl');
  if (!fs.existsSync(file)) return [];
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return [];
      }
    });
}

/**
 * Manifest, poison and parameters byte by byte, and the card without its times.
 *
 * @param {string} run
 * @returns {Map<string, string>}
 */
export function resultsOf(run) {
  const files = fs.readdirSync(run).filter((name) => /^(manifest\.json|poison\.|parameters-)/.test(name));
  const text = JSON.stringify(JSON.parse(fs.readFileSync(path.join(run, 'card.json'), 'utf8')), (key, value) =>
    key === 'seconds' ? undefined : value,
  );
  return new Map([
    ...files.sort().map((name) => /** @type {const} */ ([name, fs.readFileSync(path.join(run, name), 'base64')])),
    ['card', text],
  ]);
}

/**
 * The names of the results in which two runs differ.
 *
 * @param {Map<string, string>} a
 * @param {Map<string, string>} b
 */
export const differences = (a, b) =>
  [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
