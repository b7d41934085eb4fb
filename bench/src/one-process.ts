/** `theriac ...` with all three services inside the same process, which computes inline: the yardstick of the game bench. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startAttacker } from '@theriac/attacker';
import { runProgram } from '@theriac/cli';
import { startEvaluator } from '@theriac/evaluator';
import { startTrainer } from '@theriac/trainer';

async function run(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'theriac-bench-'));
  const at = (role: string) => ({ listen: `unix:${folder}/${role}.sock`, compute: 'inline' as const });
  const [trainer, attacker, evaluator] = await Promise.all([
    startTrainer(at('trainer')),
    startAttacker(at('attacker')),
    startEvaluator(at('evaluator')),
  ]);
  const addresses = ['--trainer', trainer.address, '--attacker', attacker.address, '--evaluator', evaluator.address];
  try {
    return await runProgram([...process.argv, ...addresses]);
  } finally {
    await Promise.all([trainer, attacker, evaluator].map((service) => service.drain(1)));
    rmSync(folder, { recursive: true, force: true });
  }
}

void run().then((code) => {
  process.exitCode = code;
});
