/** Which image of a user's own folder is of which class and part: <class>/..., or train/<class>/... with test/ or val/. */
import { isImage } from '../image-decoding';
import { unusable } from './unusable';
import { mostClasses } from './labels';

export interface ClassFolders {
  /** Folder names, sorted; by number where all are numbers. The index is the label. */
  readonly classNames: readonly string[];
  readonly train: readonly LabelledImage[];
  /** undefined: there is no folder of test images. */
  readonly test: readonly LabelledImage[] | undefined;
  /** Files that are no images, and those of a further part: they are not read. */
  readonly leftOut: readonly string[];
}

export interface LabelledImage {
  readonly name: string;
  readonly label: number;
}

const testParts = ['test', 'val', 'valid', 'validation'];

/** Sorts the names of a file tree. Refuses images outside class folders, empty class folders and fewer than two classes. */
export function classFolders(names: readonly string[], location: string): ClassFolders {
  const tops = new Set(names.filter((name) => name.includes('/')).map((name) => name.split('/')[0]!));
  const apart = tops.has('train') && [...tops].every((top) => top === 'train' || testParts.includes(top));
  const testPart = apart ? testParts.find((part) => tops.has(part)) : undefined;
  const roots = apart ? ['train/', ...(testPart === undefined ? [] : [`${testPart}/`])] : [''];
  const [train, test] = roots.map((root) => imagesBelow(names, root, location));
  const classNames = sorted([...train!.keys()]);
  if (classNames.length < 2)
    throw unusable(
      `${location} has ${classNames.length} class folder${classNames.length === 1 ? '' : 's'} of images`,
      'at least 2: <class>/<image>, or train/<class>/<image> with or without test/<class>/<image>',
      'Put the images of each class into a folder of its own.',
    );
  if (classNames.length > mostClasses)
    throw unusable(
      `${location} has ${classNames.length} class folders`,
      `at most ${mostClasses}`,
      'Choose among them.',
    );
  if (test !== undefined) {
    const difference = [
      ...classNames.filter((name) => !test.has(name)),
      ...[...test.keys()].filter((name) => !train!.has(name)),
    ];
    if (difference.length > 0)
      throw unusable(
        `Class ${difference[0]} of ${location} is not in both train/ and ${testPart}/`,
        'the same class folders in both',
      );
  }
  const labelled = (images: Map<string, string[]>) =>
    classNames.flatMap((name, label) => (images.get(name) ?? []).map((file) => ({ name: file, label })));
  const read = new Set([...train!.values(), ...(test?.values() ?? [])].flat());
  return {
    classNames,
    train: labelled(train!),
    test: test && labelled(test),
    leftOut: names.filter((name) => !name.endsWith('/') && !read.has(name)),
  };
}

/** Image names by class folder below `root`; folders without images are refused. */
function imagesBelow(names: readonly string[], root: string, location: string): Map<string, string[]> {
  const images = new Map<string, string[]>();
  for (const name of names) {
    if (!name.startsWith(root)) continue;
    const [folder = '', ...rest] = name.slice(root.length).split('/');
    if (rest.length === 0) {
      if (folder === '' || !isImage(name)) continue;
      throw unusable(
        `The image ${name} of ${location} lies in no class folder`,
        '<class>/<image>',
        'Move or remove it.',
      );
    }
    const found = images.get(folder) ?? [];
    images.set(folder, found);
    if (isImage(name)) found.push(name);
  }
  for (const [folder, found] of images)
    if (found.length === 0)
      throw unusable(
        `The class folder ${root}${folder} of ${location} has no images`,
        'at least one image',
        'Add images, or remove the folder.',
      );
  return images;
}

function sorted(names: readonly string[]): string[] {
  const numbers = names.every((name) => /^\d+$/.test(name));
  return [...names].sort((a, b) => (numbers ? Number(a) - Number(b) : a < b ? -1 : 1));
}
