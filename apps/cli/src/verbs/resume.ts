/** `theriac resume`: goes on with a run that was interrupted. */
import type { Command } from 'commander';
import { addressesOf, withServices, withView } from './shared-options';
import type { ServiceFlags, ViewFlags } from './shared-options';

interface Flags extends ServiceFlags, ViewFlags {
  readonly runsDir: string;
}

export function addResume(program: Command): void {
  const verb = program
    .command('resume')
    .description('go on with a run that was interrupted; a finished one is shown')
    .argument('<run>', 'its id, or its folder')
    .option('--runs-dir <folder>', 'where runs are kept', 'runs');
  withView(withServices(verb)).action(async (run: string, flags: Flags) => {
    const { resumeVerb } = require('../sitting/resume-verb') as typeof import('../sitting/resume-verb');
    await resumeVerb(run, { ...flags, addresses: addressesOf(flags) });
  });
}
