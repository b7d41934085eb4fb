/** One direction of a connection through the proxy: bytes arrive late, slowly, and with faults. */
import type { Socket } from 'node:net';
import type { Fault } from './fault';

/** What the lines of one direction share: bytes are counted over all connections. */
export interface Course {
  passed: number;
  /** Those still to come, by position. */
  faults: Fault[];
}

export interface Pace {
  /** One way. */
  readonly delaySeconds: number;
  readonly bytesPerSecond: number;
}

const mostQueued = 16 << 20;
const reorderedAfterMilliseconds = 50;

/** Passes what `from` sends to `to`; `breakUp` ends both at once, with a reset where that is asked. */
export function passOn(
  from: Socket,
  to: Socket,
  course: Course,
  { delaySeconds, bytesPerSecond }: Pace,
  breakUp: (reset: boolean) => void,
): void {
  let queued = 0;
  let lastDue = 0;
  let heldBack: Buffer | undefined;

  /** When what is sent now arrives. */
  function due(size: number): number {
    const arrival = Math.max(lastDue, performance.now() + delaySeconds * 1000);
    lastDue = arrival + (size / bytesPerSecond) * 1000;
    return lastDue;
  }
  function later(size: number, act: () => void): void {
    const wait = due(size) - performance.now();
    if (wait <= 0) act();
    else setTimeout(act, wait);
  }
  function send(bytes: Buffer): void {
    if (bytes.length === 0) return;
    queued += bytes.length;
    if (queued > mostQueued) from.pause();
    later(bytes.length, () => {
      if (!to.destroyed) to.write(bytes, () => settled(bytes.length));
    });
  }
  function settled(size: number): void {
    queued -= size;
    if (queued <= mostQueued) from.resume();
  }
  function release(): void {
    const bytes = heldBack;
    heldBack = undefined;
    if (bytes) send(bytes);
  }

  from.on('data', (rest: Buffer) => {
    for (let fault = course.faults[0]; fault && fault.at < course.passed + rest.length; fault = course.faults[0]) {
      course.faults.shift();
      const at = Math.max(0, fault.at - course.passed);
      if (fault.kind === 'flip') {
        rest[at]! ^= 1 << (fault.bit ?? 0);
      } else if (fault.kind === 'reorder') {
        heldBack = rest.subarray(at);
        setTimeout(release, reorderedAfterMilliseconds);
        course.passed += rest.length;
        return send(rest.subarray(0, at));
      } else {
        send(rest.subarray(0, at));
        course.passed += rest.length;
        return later(0, () => breakUp(fault.kind === 'reset'));
      }
    }
    course.passed += rest.length;
    send(rest);
    release();
  });
  from.on('end', () => later(0, () => to.end()));
}
