/** An error as the user sees it: one line on standard error, and an exit code. */
import { TheriacError } from '@theriac/tensors';

export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The line, and the code: 2 for what the user asked wrongly, 130 when interrupted, 1 otherwise. */
export function describeFailure(error: unknown): { line: string; exitCode: number } {
  if (error instanceof TheriacError) {
    const { code } = error.detail;
    const exitCode =
      code === 'INVALID_ARGUMENT' ? exitCodes.usage : code === 'CANCELLED' ? exitCodes.interrupted : exitCodes.failed;
    return { line: `theriac: ${error.message}`, exitCode };
  }
  const text = error instanceof Error ? error.message : String(error);
  return {
    line: `theriac: ${text.replace(/\s+/g, ' ').trim()} (THERIAC_DEBUG=1 shows where)`,
    exitCode: exitCodes.failed,
  };
}

/** Writes the line, and with THERIAC_DEBUG=1 the stack; gives the exit code. */
export function reportFailure(error: unknown, environment: NodeJS.ProcessEnv = process.env): number {
  const { line, exitCode } = describeFailure(error);
  process.stderr.write(`${line}\n`);
  if (environment['THERIAC_DEBUG'] === '1' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return exitCode;
}
