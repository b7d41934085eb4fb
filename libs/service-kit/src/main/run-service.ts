import { TheriacError } from '@theriac/tensors';
import type { BlobLimits } from '../blobs/blob-store';
import { collectInTime } from '../collect-in-time';
import { createLogger, type Logger } from '../logging';
import type { CallLimits } from '../serve/admission';
import type { RunningService } from '../serve/serve';
import { startTelemetry } from '../telemetry/start';
import { version } from '../version';
import { helpText, readCommandLine, type ServiceSettings } from './settings';

export interface ServiceMain {
  /** "trainer", "attacker", "evaluator". */
  readonly role: string;
  /** One line for --help. */
  readonly summary: string;
  /** Where to listen when nothing is said. */
  readonly defaultListen: string;
  /** Starts the service with the settings that were read. */
  readonly start: (settings: ServiceSettings, log: Logger) => Promise<RunningService>;
}

/**
 * The main program of a service. Reads options and environment; when it serves, prints one line on standard output,
 * "theriac-trainer is listening on ADDRESS"; logs JSON lines on standard error. SIGTERM, SIGINT and, with --exit-with-parent, the end of
 * standard input drain it and end with exit code 0; a second signal ends at once. What keeps it from starting is one line and exit code 1.
 */
export async function runServiceMain({ role, summary, defaultListen, start }: ServiceMain): Promise<void> {
  const command = `theriac-${role}`;
  try {
    const asked = readCommandLine(process.argv.slice(2), process.env, defaultListen);
    if (asked.kind === 'help') process.stdout.write(helpText(command, summary, defaultListen));
    else if (asked.kind === 'version') process.stdout.write(`${command} ${version}\n`);
    else await run(command, asked.settings, start);
  } catch (error) {
    process.stderr.write(`${command}: ${error instanceof TheriacError ? error.message : describe(error)}\n`);
    process.exit(1);
  }
}

async function run(command: string, settings: ServiceSettings, start: ServiceMain['start']): Promise<void> {
  const log = createLogger(command, settings.logLevel);
  const telemetry = startTelemetry(command);
  let ending = false;

  const end = (why: string, graceSeconds: number) => {
    if (ending) process.exit(1); // asked twice: at once
    ending = true;
    log.info({ why }, 'ending');
    void finish(graceSeconds).then(
      () => process.exit(0),
      (error: unknown) => {
        log.fatal({ err: error }, 'could not end in order');
        process.exit(1);
      },
    );
  };
  const finish = async (graceSeconds: number) => {
    await (await starting).drain(graceSeconds);
    await telemetry.stop();
  };

  const starting = start(settings, log);
  process.on('SIGTERM', () => end('SIGTERM', settings.drainSeconds));
  process.on('SIGINT', () => end('SIGINT', settings.drainSeconds));
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a rejection was not handled'));
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'an exception was not caught');
    process.exit(1);
  });
  process.stdout.on('error', () => undefined); // whoever started us may be gone
  if (settings.exitWithParent) {
    process.stdin.on('end', () => !ending && end('the parent is gone', 0));
    process.stdin.on('error', () => !ending && end('the parent is gone', 0));
    process.stdin.resume();
  }

  const service = await starting;
  collectInTime();
  process.stdout.write(`${command} is listening on ${service.address}\n`);
}

/** The blob limits that settings ask for. */
export function blobLimitsOf(settings: ServiceSettings): BlobLimits {
  const mebibyte = 1 << 20;
  return {
    blobBytes: settings.blobLimitMib * mebibyte,
    memoryBytes: settings.blobMemoryMib * mebibyte,
    diskBytes: settings.blobDiskMib * mebibyte,
    leaseSeconds: settings.blobLeaseSeconds,
    blobsPerClient: settings.blobsPerClient,
    bytesPerClient: settings.blobClientMib * mebibyte,
  };
}

/** The limits of calls that settings ask for. */
export function callLimitsOf({ calls, callsPerClient, idleSeconds, callSeconds }: ServiceSettings): CallLimits {
  return { calls, callsPerClient, idleSeconds, callSeconds };
}

const describe = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));
