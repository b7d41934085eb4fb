/** The health of a service asked with nothing but HTTP/2: the probe of a container is a process every few seconds, and has to be quick. */
import { connect as connectHttp2, constants, type ClientHttp2Session } from 'node:http2';
import { connect } from 'node:net';
import { TheriacError } from '@theriac/tensors';
import { parseAddress, withPort, type Address } from '../address';

const usage = `theriac-health [ADDRESS]: exits with 0 when the service there serves, as grpc.health.v1 says in plaintext, else with 1.
ADDRESS: unix:/path or host:port; not given: THERIAC_HEALTH_LISTEN, else THERIAC_LISTEN.`;

const patienceMilliseconds = 3_000;
/** A gRPC message of no bytes: the question about the whole service. */
const question = Buffer.alloc(5);
/** Of a ServingStatus, in field 1 of the answer. */
const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;
/** Before an answer: whether it is compressed, and its length. */
const frameBytes = 5;

/** Asks once. Returns what the service says of itself; throws UNAVAILABLE where nobody answers within `milliseconds`. */
export function probe(address: Address, milliseconds = patienceMilliseconds): Promise<(typeof statuses)[number]> {
  const session = open(address);
  return new Promise<(typeof statuses)[number]>((resolve, reject) => {
    const fail = (found: string): void =>
      reject(
        new TheriacError(`no health is told at ${address.text}`, { code: 'UNAVAILABLE', field: 'address', found }),
      );
    setTimeout(fail, milliseconds, `no answer within ${milliseconds} ms`).unref();
    session.on('error', (error: Error) => fail(error.message));
    const call = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/grpc.health.v1.Health/Check',
      [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc',
      [constants.HTTP2_HEADER_TE]: 'trailers',
    });
    const chunks: Buffer[] = [];
    call.on('data', (chunk: Buffer) => chunks.push(chunk));
    call.on('error', (error: Error) => fail(error.message));
    call.on('close', () => {
      const [field, status] = Buffer.concat(chunks).subarray(frameBytes);
      const said = field === 0x08 ? statuses[status ?? 0] : undefined;
      if (said === undefined) fail('an answer that is none');
      else resolve(said);
    });
    call.end(question);
  }).finally(() => session.destroy());
}

function open(address: Address): ClientHttp2Session {
  if (address.kind === 'unix')
    return connectHttp2('http://localhost', { createConnection: () => connect(address.path) });
  return connectHttp2(`http://${withPort(reachable(address.host), address.port)}`);
}

/** A service that listens everywhere is asked on this machine. */
function reachable(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
}

/** The program: prints one line and returns the exit code. */
export async function runProbe(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number> {
  const [given] = args;
  if (given === '--help') {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  try {
    const text = given ?? (environment['THERIAC_HEALTH_LISTEN'] || environment['THERIAC_LISTEN'] || '');
    const said = await probe(parseAddress(text));
    process.stdout.write(`${said}\n`);
    return said === 'SERVING' ? 0 : 1;
  } catch (error) {
    process.stderr.write(`theriac-health: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
