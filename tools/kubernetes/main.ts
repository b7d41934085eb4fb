/**
 * Renders every overlay and component of deploy/kubernetes, and checks what comes out: `npm run manifests`; or the kustomizations in
 * the folders named: `npm run manifests -- FOLDER...`. With `-- --mutants N [--seed S]` documents are made wrong, N times for each kind of document and of mistake, and each of them must be noticed.
 */
import { parseArgs } from 'node:util';
import { kindOf, lineOf, titleOf } from './documents';
import { drawMutants } from './mutations';
import { hasKubectl, readSources, render, renderEverything, renderWidest, type Rendered } from './render';
import { checkRendered } from './rendered-sets';
import { survivorsOf } from './survivors';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { mutants: { type: 'string', default: '0' }, seed: { type: 'string', default: '0' } },
});

function main(): number {
  if (!hasKubectl()) {
    process.stderr.write('notice: kubectl is not here, so that no manifest was rendered\n');
    return 0;
  }
  process.stdout.write(`${readSources().length} files read\n`);
  let wrong = 0;
  for (const { rendered, problems } of checkRendered(sets())) {
    process.stdout.write(`${rendered.name}: ${rendered.documents.length} documents, ${problems.length} problems\n`);
    for (const problem of problems) process.stdout.write(`  ${lineOf(problem)}\n`);
    wrong += problems.length;
  }
  return wrong + mutate(Number(values.mutants), Number(values.seed)) === 0 ? 0 : 1;
}

function sets(): Rendered[] {
  if (positionals.length === 0) return renderEverything();
  return positionals.map((folder) => ({ name: folder, documents: render(folder) }));
}

/** Makes mutants, says which pass, and gives how many do. */
function mutate(count: number, seed: number): number {
  if (count === 0) return 0;
  const widest = renderWidest();
  const kinds = new Set(widest.documents.map(kindOf)).size;
  const mutants = drawMutants(widest.documents, count, seed);
  const survivors = survivorsOf(widest, mutants);
  for (const { kind, what, original } of survivors)
    process.stdout.write(`  not noticed: ${kind}: ${titleOf(original)}: ${what}\n`);
  process.stdout.write(`${mutants.length} mutants of ${kinds} kinds of documents, ${survivors.length} not noticed\n`);
  return survivors.length;
}

process.exitCode = main();
