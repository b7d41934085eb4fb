import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';
import { collectGarbage } from './collect-garbage';

const lookMilliseconds = 1000;
/** Garbage that is worth a collection while there is work. */
const busyGarbageBytes = 8 << 20;
/** And when there was none between two looks: nearly all of it. */
const idleGarbageBytes = 1 << 20;
/** Looks after which one more collection lets V8 see that little is allocated, and give back room for young objects. */
const restLooks = 12;
/** Between two looks without work a heap grows by less. */
const quietBytes = 1 << 18;
/** Collecting takes at most this share of the time. */
const shareOfTime = 0.03;

/**
 * Keeps what this thread holds near what lives in it. V8 lets garbage lie while memory is not short, 100 MiB and more in a service
 * that is asked for little at a time, and keeps the room that young objects once took. Looks once a second; a collection takes 20
 * to 60 ms.
 */
export function collectInTime(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  let lives = held();
  let last = lives;
  let quiet = 0;
  let rested = false;
  let notBefore = 0;

  function look(): void {
    const started = performance.now();
    const now = held();
    quiet = Math.abs(now - last) < quietBytes ? quiet + 1 : 0;
    last = now;
    lives = Math.min(lives, now);
    const garbage = now - lives >= (quiet === 0 ? busyGarbageBytes : idleGarbageBytes);
    if (garbage) rested = false;
    if (started < notBefore || !(garbage || (quiet >= restLooks && !rested))) return;
    rested = !garbage;
    collectGarbage();
    lives = last = held();
    const ended = performance.now();
    notBefore = ended + (ended - started) / shareOfTime;
  }

  setInterval(look, lookMilliseconds).unref();
}

/** Bytes of the heap but for its youngest objects, which need no collection to go, and of what hangs on it. */
function held(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap - (young?.space_used_size ?? 0) + external;
}
