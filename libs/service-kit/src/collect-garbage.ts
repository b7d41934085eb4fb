import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/**
 * Collects garbage now. Where much is made and dropped, V8 lets a heap of 13 MB grow to 70 before it looks; who works through a
 * list of any length and asks for this now and then stays as small as with a short one. 20 ms for that heap.
 */
export function collectGarbage(): void {
  collect ??= exposed();
  collect();
}

/** The collector of this thread, which programs see only where V8 is told so before they ask. */
function exposed(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}
