import { invalid } from '@theriac/tensors';
import { cifar10 } from './cifar-10';
import { gaussians } from './gaussians';
import { mnist } from './mnist';
import { mnist17 } from './mnist-1-7';
import { isOwnData, ownData } from './own/own-data';
import type { Source } from './source';
import { spambase } from './spambase';
import { syntheticDigits } from './synthetic-digits';
import { tinyImagenet } from './tiny-imagenet';

/** Every data set, in the order in which users see them. */
export const sources: readonly Source[] = [mnist, mnist17, cifar10, tinyImagenet, spambase, syntheticDigits, gaussians];

/** The data set of this id, or a user's own; an unknown id is refused with the list. */
export function sourceOf(id: string): Source {
  if (isOwnData(id)) return ownData(id);
  const source = sources.find((candidate) => candidate.description.id === id);
  if (!source)
    throw invalid(
      'dataset',
      id,
      [...sources.map(({ description }) => description.id), 'path:FOLDER_OR_FILE'].join(', '),
    );
  return source;
}
