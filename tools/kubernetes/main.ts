/** `npm run manifests`: renders every overlay and component of deploy/kubernetes, and checks what comes out. */
import { lineOf } from './documents';
import { checkRendered } from './rendered-sets';
import { hasKubectl, readSources, renderEverything } from './render';

function main(): number {
  if (!hasKubectl()) {
    process.stderr.write('notice: kubectl is not here, so that no manifest was rendered\n');
    return 0;
  }
  process.stdout.write(`${readSources().length} files read\n`);
  let wrong = 0;
  for (const { rendered, problems } of checkRendered(renderEverything())) {
    process.stdout.write(`${rendered.name}: ${rendered.documents.length} documents, ${problems.length} problems\n`);
    for (const problem of problems) process.stdout.write(`  ${lineOf(problem)}\n`);
    wrong += problems.length;
  }
  return wrong === 0 ? 0 : 1;
}

process.exitCode = main();
