/** The lecture's figure for a cell, and whether what was measured falls short of it. */
import {
  publishedAttack,
  publishedClean,
  publishedCorruption,
  publishedDistance,
  publishedTarget,
} from '@theriac/game';
import type { PublishedFigure } from '@theriac/game';
import type { CellSettings } from './cell-file';
import type { Outcome } from './outcome';
import type { TableFile } from './table-file';

export interface LectureFigure extends PublishedFigure {
  readonly tau?: number;
  /** ||w - w_c|| of the model that the attack ends in. */
  readonly distance?: number;
}

/** What the lecture says in this cell; undefined where it says nothing, as of defences. A target of ours is held against the paper's. */
export function lectureFigure({ page }: Pick<TableFile, 'page'>, settings: CellSettings): LectureFigure | undefined {
  const { dataset, model } = settings;
  if (
    page === undefined ||
    settings.kind === 'online' ||
    (settings.kind === 'game' && (settings.defence ?? 'none') !== 'none')
  )
    return undefined;
  if (settings.kind === 'threshold')
    return (settings.target ?? 'gradpc') === 'gradpc' ? publishedTarget(dataset, model) : undefined;
  if (settings.kind === 'corruption')
    return page === 15
      ? publishedTarget(dataset, model)
      : publishedCorruption(dataset, model, settings['epsilon-w'] ?? 0);
  const { attack, 'poison-fraction': epsilonD = 0.03 } = settings;
  if (attack === undefined || epsilonD === 0) return publishedClean(dataset, model);
  const figure = publishedAttack({ dataset, model, attack, epsilonD });
  const distance = page === 10 ? publishedDistance(dataset, model) : undefined;
  return figure === undefined || distance === undefined ? figure : { ...figure, distance };
}

/** Clean training may stay this much below the lecture's accuracy. */
const cleanTolerance = 0.5;

export type Verdict = 'reaches' | 'misses';

/**
 * Against the lecture's drop: misses where the mean drop and twice its deviation stay below it (for plain training: where the
 * accuracy does, by more than half a point). undefined where there is nothing to compare.
 */
export function verdictOf(lecture: LectureFigure | undefined, outcome: Outcome | undefined): Verdict | undefined {
  const [main] = outcome?.lines ?? [];
  if (lecture === undefined || main === undefined) return undefined;
  const { mean, sd } = main.drop ?? main.accuracy;
  if (mean === null) return 'misses';
  const wanted = main.drop === undefined ? lecture.accuracy - cleanTolerance : lecture.drop;
  return mean + 2 * (sd ?? 0) < wanted - 0.005 ? 'misses' : 'reaches';
}
