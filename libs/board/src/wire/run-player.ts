import { blobLimitsOf, callLimitsOf, runServiceMain } from '@theriac/service-kit';
import type { RunningService } from '@theriac/service-kit';
import type { PlayerOptions } from './start-player';

/** The main program of a player: settings from options and environment, then `start`. */
export function runPlayer(
  role: string,
  summary: string,
  defaultListen: string,
  start: (options: PlayerOptions) => Promise<RunningService>,
): Promise<void> {
  return runServiceMain({
    role,
    summary,
    defaultListen,
    start: (settings, log) => {
      const { listen, allowPlaintext, tls, policy, healthListen, backend, threads, dataDirectory } = settings;
      const { sliceSeconds, sessionLeaseSeconds, sessions, trainer } = settings;
      return start({
        listen,
        allowPlaintext,
        tls,
        policy,
        healthListen,
        backend,
        sliceSeconds,
        sessionLeaseSeconds,
        sessions,
        log,
        blobs: blobLimitsOf(settings),
        calls: callLimitsOf(settings),
        slices: { slices: settings.slices, queue: settings.sliceQueue },
        sessionsPerClient: settings.sessionsPerClient,
        ...(threads === undefined ? {} : { threads }),
        ...(dataDirectory === undefined ? {} : { dataDirectory }),
        ...(trainer === undefined ? {} : { trainer }),
      });
    },
  });
}
