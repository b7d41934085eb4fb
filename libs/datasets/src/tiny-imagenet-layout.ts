/** Which file of Tiny ImageNet is of which class: the original layout, and the one with validation images in class folders. */
import { basename, join } from 'node:path';
import { TheriacError } from '@theriac/tensors';
import type { FileTree } from './file-tree';
import { readBytes } from './integrity';

export interface LabelledFile {
  readonly name: string;
  readonly label: number;
}

export interface TinyLayout {
  /** WordNet ids, sorted: the index is the label. */
  readonly classes: readonly string[];
  readonly train: readonly LabelledFile[];
  readonly test: readonly LabelledFile[];
}

const annotations = 'val/val_annotations.txt';

/** Reads the layout: train/<wnid>/images/*, and val/<wnid>/images/* or val/images/* with val/val_annotations.txt. */
export async function readTinyLayout(tree: FileTree): Promise<TinyLayout> {
  const names = (await tree.list()).filter((name) => name.endsWith('.JPEG'));
  const labelOf = new Map<string, number>();
  const classOf = (name: string, part: string) => new RegExp(`^${part}/([^/]+)/images/[^/]+$`).exec(name)?.[1];
  const classes = [...new Set(names.flatMap((name) => classOf(name, 'train') ?? []))].sort();
  classes.forEach((wnid, label) => labelOf.set(wnid, label));
  const listed = names.some((name) => /^val\/images\//.test(name)) ? await readAnnotations(tree) : undefined;
  const labelled = (part: string, wnidOf: (name: string) => string | undefined): LabelledFile[] =>
    names.flatMap((name) => {
      const wnid = name.startsWith(`${part}/`) ? wnidOf(name) : undefined;
      if (wnid === undefined) return [];
      const label = labelOf.get(wnid);
      if (label === undefined) throw malformed(tree, `${name} is of class ${wnid}, which has no training images`);
      return [{ name, label }];
    });
  const train = labelled('train', (name) => classOf(name, 'train'));
  const test = labelled('val', (name) => listed?.get(basename(name)) ?? classOf(name, 'val'));
  const seen = new Set(test.map(({ label }) => label));
  const untested = classes.find((_, label) => !seen.has(label));
  if (classes.length < 2) throw malformed(tree, `${classes.length} classes with training images are there`);
  if (untested !== undefined) throw malformed(tree, `class ${untested} has no validation images`);
  return { classes, train, test };
}

/** What the classes are called: from words.txt, or from classes.tsv beside the archive; the WordNet ids where neither is there. */
export async function classNamesOf(tree: FileTree, classes: readonly string[]): Promise<string[]> {
  const words = await wordsOf(tree);
  return classes.map((wnid) => words.get(wnid)?.split(',')[0]?.trim() || wnid);
}

async function wordsOf(tree: FileTree): Promise<Map<string, string>> {
  let text = '';
  if ((await tree.list()).includes('words.txt'))
    await tree.visit(new Set(['words.txt']), (_, content) => void (text = Buffer.from(content).toString('utf8')));
  else
    text = await readBytes(join(tree.location, '..', 'classes.tsv')).then(
      (bytes) => Buffer.from(bytes).toString('utf8'),
      () => '',
    );
  const rows = text.split(/\r?\n/).map((line) => line.split('\t').slice(-2));
  return new Map(rows.flatMap(([wnid, words]) => (wnid && words ? [[wnid, words] as const] : [])));
}

async function readAnnotations(tree: FileTree): Promise<Map<string, string>> {
  let text: string | undefined;
  await tree.visit(new Set([annotations]), (_, content) => void (text = Buffer.from(content).toString('utf8')));
  if (text === undefined) throw malformed(tree, `${annotations} is missing`);
  const rows = text.split(/\r?\n/).map((line) => line.split('\t'));
  return new Map(rows.flatMap(([name, wnid]) => (name && wnid ? [[name, wnid] as const] : [])));
}

function malformed(tree: FileTree, sentence: string): TheriacError {
  return new TheriacError(`Tiny ImageNet in ${tree.location} is not whole: ${sentence}`, {
    code: 'DATA_LOSS',
    field: 'tiny-imagenet',
    allowed:
      'train/<wnid>/images/*.JPEG, and val/<wnid>/images/*.JPEG or val/images/*.JPEG with val/val_annotations.txt',
    remedy: 'Restore it from its source.',
  });
}
