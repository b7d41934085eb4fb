import { constants, PerformanceObserver } from 'node:perf_hooks';
import type { PerformanceEntry } from 'node:perf_hooks';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { collectAtOnce } from './collect-at-once';

/** How often the heap was marked in steps while 2 GiB passed by outside it. */
async function markings(): Promise<number> {
  let found = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & { detail: { kind: number } })[])
      if (entry.detail.kind === constants.NODE_PERFORMANCE_GC_INCREMENTAL) found++;
  });
  observer.observe({ entryTypes: ['gc'] });
  for (let piece = 0; piece < 2048; piece++) {
    Buffer.allocUnsafeSlow(1 << 20);
    await nextTurn();
  }
  await sleep(50);
  observer.disconnect();
  return found;
}

it('keeps what passes by outside the heap from having the heap marked again and again', async () => {
  setFlagsFromString('--incremental-marking');
  // How soon a heap is marked hangs on what it holds already.
  let marked = 0;
  for (let round = 0; round < 8 && marked === 0; round++) marked = await markings();
  expect(marked).toBeGreaterThan(0);
  collectAtOnce();
  expect(await markings()).toBe(0);
});
