/** PLAN.yaml: games that share some settings and differ in others, one game for every combination of a grid. */
import { canonicalJson, sha256Hex } from '@theriac/game';
import { collectGarbage } from '@theriac/service-kit';
import { readSettings } from '../arguments/game-settings';
import type { GameSettings } from '../arguments/game-settings';
import { settingsFields } from '../tables/cell-file';
import type { CellSettings, GameCell } from '../tables/cell-file';
import { gameFlags } from '../tables/cell-work';
import { listOf, mappingOf, optionValue, readFields, readYaml, refused, refusedAs, text } from '../tables/fields';
import type { Place, Reader } from '../tables/fields';

export interface SweepPlan {
  readonly title: string;
  /** Names of the grid's settings, in order; the last varies fastest. */
  readonly varied: readonly string[];
  readonly count: number;
  /** The game of an index, made when it is asked for: a plan costs the same however many games it has. */
  gameAt(index: number): SweepGame;
}

export interface SweepGame {
  /** Names the settings, wherever in whatever plan they stand: 64 hexadecimal digits. */
  readonly digest: string;
  /** What the grid chose, as texts, in the order of `varied`. */
  readonly choices: readonly string[];
  readonly settings: GameSettings;
}

/** Most games of a plan: the most indices of a Kubernetes Job. */
export const mostGames = 100_000;

const fields = settingsFields.game;
const optionsOfAttack = mappingOf(optionValue);

/** Reads a plan; every game of it is checked as it is made. Throws INVALID_ARGUMENT naming file, key, found and allowed. */
export function parsePlan(content: string, file: string, datasets: readonly string[]): SweepPlan {
  const gridFields = Object.fromEntries(
    Object.entries(fields).map(([name, reader]) => [name, distinct(reader as Reader<unknown>)]),
  );
  const read = readFields(
    readYaml(content, file),
    { file, key: '' },
    {
      title: text,
      game: (value: unknown, place: Place) => readFields(value, place, fields),
      grid: (value: unknown, place: Place) => readFields(value, place, gridFields),
      'options-of': mappingOf(optionsOfAttack),
    },
    ['game', 'grid'],
  );
  const { title = file, game: shared = {}, grid = {} } = read;
  const byAttack = read['options-of'];
  const axes = Object.entries(grid) as [string, readonly unknown[]][];
  if (axes.length === 0) throw refused({ file, key: 'grid' }, 'nothing', 'at least one setting with its values');
  for (const [name] of axes)
    if (name in shared) throw refused({ file, key: `grid.${name}` }, 'in game too', 'each setting once');
  for (const name of ['dataset', 'model'])
    if (!(name in shared) && !(name in grid)) throw refused({ file, key: `game.${name}` }, undefined, 'a value');
  const count = axes.reduce((product, [, values]) => product * values.length, 1);
  if (count > mostGames) throw refused({ file, key: 'grid' }, `${count} games`, `at most ${mostGames}`);
  const gamesBetween = Math.max(500, Math.ceil(count / 20));
  let made = 0;

  function settingsAt(chosen: readonly (readonly [string, unknown])[]): GameCell & CellSettings {
    const own = { ...shared, ...Object.fromEntries(chosen) } as Omit<GameCell, 'kind'>;
    const options = new Map([...(own.options ?? []), ...(byAttack?.get(own.attack ?? '') ?? [])]);
    return { kind: 'game', ...own, ...(options.size === 0 ? {} : { options }) } as GameCell & CellSettings;
  }

  return {
    title,
    varied: axes.map(([name]) => name),
    count,
    gameAt(index) {
      if (!Number.isInteger(index) || index < 0 || index >= count)
        throw refused({ file, key: 'index' }, index, `a game from 0 to ${count - 1}`);
      if (++made % gamesBetween === 0) collectGarbage();
      const chosen = choose(axes, index);
      const cell = settingsAt(chosen);
      const { options, ...plain } = cell;
      return {
        digest: sha256Hex(canonicalJson({ ...plain, options: Object.fromEntries(options ?? []) })),
        choices: chosen.map(([, value]) => choiceText(value)),
        settings: refusedAs(`${file} (game ${index})`, () => readSettings(gameFlags(cell), datasets)),
      };
    },
  };
}

/** The digits of `index` in the mixed radix of the axes' lengths, last axis fastest. */
function choose(axes: readonly (readonly [string, readonly unknown[]])[], index: number): [string, unknown][] {
  let rest = index;
  return axes
    .toReversed()
    .map(([name, values]): [string, unknown] => {
      const value = values[rest % values.length];
      rest = Math.floor(rest / values.length);
      return [name, value];
    })
    .toReversed();
}

/** A list without the same value twice: no game is played twice. */
function distinct<T>(reader: Reader<T>): Reader<readonly T[]> {
  const list = listOf(reader);
  return (value, place) => {
    const read = list(value, place);
    const seen = new Set<string>();
    for (const text of read.map(choiceText)) {
      if (seen.has(text)) throw refused(place, `${text} twice`, 'each value once');
      seen.add(text);
    }
    return read;
  };
}

/** A value of the grid as people read it. */
function choiceText(value: unknown): string {
  if (value instanceof Map) return [...value].map(([name, one]) => `${String(name)}=${String(one)}`).join(' ');
  return Array.isArray(value) ? value.join(', ') : String(value);
}
