import { ServerInterceptingCall, status as Status, type ServerInterceptor, type StatusObject } from '@grpc/grpc-js';
import { TheriacError } from '@theriac/tensors';
import { callerOf } from '../security/caller';
import { statusOf } from '../status';
import { countRefusal } from '../telemetry/instruments';
import { connectionOf } from './connections';

export interface CallLimits {
  /** Calls open at a time. */
  readonly calls: number;
  /** Calls of one client open at a time: of one identity, in plaintext of one connection. */
  readonly callsPerClient: number;
  /** Seconds that a call waits for its request, or an upload for its next message. */
  readonly idleSeconds: number;
  /** Seconds of a call that came without a deadline. */
  readonly callSeconds: number;
}

export const defaultCallLimits: CallLimits = { calls: 1024, callsPerClient: 128, idleSeconds: 30, callSeconds: 3600 };

/** Health is always told. */
const alwaysAnswered = '/grpc.health.v1.Health/Check';
/** One part in so many of all calls is kept for those who have less than that under way. */
const reserve = 128;
const hintSeconds = 1;

/**
 * Lets calls in, from their headers on and before anything is read: RESOURCE_EXHAUSTED with a retry hint above a limit,
 * DEADLINE_EXCEEDED where a caller opens a call and sends nothing, and where a call without a deadline lasts too long.
 */
export function admission({ calls, callsPerClient, idleSeconds, callSeconds }: CallLimits): ServerInterceptor {
  const open = new Map<string, number>();
  let all = 0;
  countRefusal(Status.RESOURCE_EXHAUSTED, 0);

  function refusal(client: string): TheriacError | undefined {
    const own = open.get(client) ?? 0;
    if (own >= callsPerClient) return tooMany('this client has too many calls open', own, callsPerClient);
    if (all >= calls && own >= Math.floor(calls / reserve))
      return tooMany('the service is answering too many calls', all, calls);
    return undefined;
  }
  function enter(client: string): () => void {
    all++;
    open.set(client, (open.get(client) ?? 0) + 1);
    return () => {
      all--;
      const left = (open.get(client) ?? 1) - 1;
      if (left > 0) open.set(client, left);
      else open.delete(client);
    };
  }

  return ({ path, requestStream }, call) => {
    let idle: NodeJS.Timeout | undefined;
    let longest: NodeJS.Timeout | undefined;
    let leave: (() => void) | undefined;
    const expect = () => {
      clearTimeout(idle);
      idle = setTimeout(
        () => outer.sendStatus(tooLate('the caller sent nothing more', idleSeconds)),
        idleSeconds * 1000,
      );
    };
    const over = () => {
      clearTimeout(idle);
      clearTimeout(longest);
      leave?.();
      leave = undefined;
    };
    const outer: ServerInterceptingCall = new ServerInterceptingCall(call, {
      start: (begin) =>
        begin({
          onReceiveMetadata(metadata, next) {
            const client = callerOf(call).identity ?? connectionOf(metadata);
            const refused = path === alwaysAnswered ? undefined : refusal(client);
            if (refused) {
              countRefusal(Status.RESOURCE_EXHAUSTED);
              return outer.sendStatus(statusOf(refused));
            }
            leave = enter(client);
            expect();
            if (call.getDeadline() === Infinity)
              longest = setTimeout(
                () => outer.sendStatus(tooLate('the call had no deadline and lasted too long', callSeconds)),
                callSeconds * 1000,
              );
            next(metadata);
          },
          onReceiveMessage(message, next) {
            if (requestStream) expect();
            next(message);
          },
          onReceiveHalfClose(next) {
            clearTimeout(idle);
            next();
          },
          onCancel: over,
        }),
    });
    return outer;
  };
}

function tooMany(sentence: string, found: number, most: number): TheriacError {
  return new TheriacError(sentence, {
    code: 'RESOURCE_EXHAUSTED',
    found: `${found} calls`,
    allowed: `at most ${most} at a time`,
    remedy: 'Wait for some of them, or start another replica.',
    retryAfterSeconds: hintSeconds,
  });
}

function tooLate(sentence: string, seconds: number): StatusObject {
  const error = new TheriacError(sentence, {
    code: 'UNAVAILABLE', // what callers make of a deadline
    found: `nothing within ${seconds} s`,
    remedy: 'Repeat the call.',
  });
  return { ...statusOf(error), code: Status.DEADLINE_EXCEEDED };
}
