import { Metadata, status as Status, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { ErrorInfo } from '@theriac/contract/game';
import { TheriacError, type ErrorCode, type ErrorDetail } from '@theriac/tensors';
import { restoredError } from './restored-error';

/** Metadata key under which a failed call carries its ErrorInfo. */
export const errorInfoKey = 'theriac-error-bin';

const longestMessage = 2000;
const longestDetail = 500;

const codes: Readonly<Record<ErrorCode, Status>> = {
  INVALID_ARGUMENT: Status.INVALID_ARGUMENT,
  FAILED_PRECONDITION: Status.FAILED_PRECONDITION,
  NOT_FOUND: Status.NOT_FOUND,
  RESOURCE_EXHAUSTED: Status.RESOURCE_EXHAUSTED,
  ABORTED: Status.ABORTED,
  DATA_LOSS: Status.DATA_LOSS,
  PERMISSION_DENIED: Status.PERMISSION_DENIED,
  UNAUTHENTICATED: Status.UNAUTHENTICATED,
  UNAVAILABLE: Status.UNAVAILABLE,
  CANCELLED: Status.CANCELLED,
  INTERNAL: Status.INTERNAL,
};

/** Status codes that have no word of ours, and the word that tells the caller the same. */
const foreignCodes: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  ...Object.entries(codes).map(([name, code]): [number, ErrorCode] => [code, name as ErrorCode]),
  [Status.DEADLINE_EXCEEDED, 'UNAVAILABLE'],
  [Status.UNIMPLEMENTED, 'FAILED_PRECONDITION'],
  [Status.OUT_OF_RANGE, 'INVALID_ARGUMENT'],
  [Status.ALREADY_EXISTS, 'FAILED_PRECONDITION'],
]);

/** What the caller sees of an error: a TheriacError in full, of anything else only that it happened. */
export function statusOf(error: unknown): StatusObject {
  const metadata = new Metadata();
  if (!(error instanceof TheriacError)) {
    return { code: Status.INTERNAL, details: 'The service failed on this call; its log says why.', metadata };
  }
  const { code, field, found, allowed, remedy, retryAfterSeconds = 0 } = error.detail;
  const words = { field: text(field), found: text(found), allowed: text(allowed), remedy: text(remedy) };
  const info = { ...words, retryAfterSeconds };
  metadata.set(errorInfoKey, Buffer.from(ErrorInfo.encode(info).finish()));
  return { code: codes[code], details: wellFormed(error.message).slice(0, longestMessage), metadata };
}

/** Whether an error came from a gRPC call. */
export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}

/** The error of a failed call as a TheriacError with the detail the service attached; `peer` is the address called. */
export function errorOfCall(error: unknown, peer: string, method = ''): TheriacError {
  if (error instanceof TheriacError) return error;
  if (!isServiceError(error)) {
    const text = error instanceof Error ? error.message : String(error);
    return new TheriacError(`the call ${method} to ${peer} failed: ${text}`, { code: 'INTERNAL' });
  }
  const info = attachedInfo(error.metadata);
  const made = info
    ? restoredError(error.details, { code: foreignCodes.get(error.code) ?? 'INTERNAL', ...info })
    : new TheriacError(...foreign(error, peer, method));
  made.cause = error;
  return made;
}

/** What a service answered to a call that it refused. */
export interface Refusal {
  /** The name of the gRPC status, as it was sent: "NOT_FOUND". */
  readonly status: string;
  /** The ErrorInfo that was attached, without empty fields; undefined: none. */
  readonly info: Omit<ErrorDetail, 'code'> | undefined;
}

/** What the service answered, of an error that `errorOfCall` made; undefined where no call ended with a status. */
export function refusalOf(error: unknown): Refusal | undefined {
  const cause = error instanceof TheriacError ? error.cause : undefined;
  if (!isServiceError(cause)) return undefined;
  return { status: Status[cause.code] ?? String(cause.code), info: attachedInfo(cause.metadata) };
}

function foreign({ code, details }: ServiceError, peer: string, method: string): [string, ErrorDetail] {
  // A stream that the other side reset without a word: it broke, or is ending.
  const reset = code === Status.INTERNAL && details.includes('RST_STREAM');
  const word = reset ? 'UNAVAILABLE' : (foreignCodes.get(code) ?? 'INTERNAL');
  switch (reset ? Status.UNAVAILABLE : code) {
    case Status.UNAVAILABLE:
      if (untrustedServer.test(details))
        return [
          `the service at ${peer} is not trusted`,
          {
            code: 'UNAUTHENTICATED',
            found: reasonOf(details),
            remedy: "Check the service's tls.crt, the ca.crt of --tls, and the host that was called.",
          },
        ];
      return [
        `the service at ${peer} cannot be reached or went away`,
        {
          code: word,
          found: reasonOf(details),
          remedy: 'Check its address and log, start it again, and repeat the call.',
        },
      ];
    case Status.DEADLINE_EXCEEDED:
      return [
        `the service at ${peer} did not answer ${method} in time`,
        {
          code: word,
          found: details,
          remedy: 'Repeat the call with a longer deadline, or look at the load of the service.',
        },
      ];
    case Status.UNIMPLEMENTED:
      return [
        `the service at ${peer} does not offer ${method}`,
        { code: word, found: details, remedy: 'Check that the address is that of the service meant, and its version.' },
      ];
    case Status.CANCELLED:
      return [`the call ${method} to ${peer} was cancelled`, { code: word }];
    default:
      return [`the service at ${peer} failed on ${method}: ${details}`, { code: word }];
  }
}

/** What node and `clientSecurity` say of a server's certificate. */
const untrustedServer = /ERR_TLS_CERT|certificate|the server is .* was expected/;

/** Why a connection failed, without what @grpc/grpc-js puts around it. */
function reasonOf(details: string): string {
  const inner = /Last error: (?:Error: )?(.*?)\.? ?Resolution note:/s.exec(details);
  return inner?.[1] ?? details;
}

function attachedInfo(metadata: Metadata | undefined): Omit<ErrorDetail, 'code'> | undefined {
  const [bytes] = metadata?.get(errorInfoKey) ?? [];
  if (!Buffer.isBuffer(bytes)) return undefined;
  try {
    const { retryAfterSeconds, ...words } = ErrorInfo.decode(bytes);
    const said = Object.fromEntries(Object.entries(words).filter(([, value]) => value !== ''));
    return retryAfterSeconds > 0 && retryAfterSeconds < Infinity ? { ...said, retryAfterSeconds } : said;
  } catch {
    return undefined;
  }
}

const text = (value: string | undefined) => wellFormed(value ?? '').slice(0, longestDetail);
// A lone surrogate would make the percent-encoding of the status message throw.
const wellFormed = (value: string) => Buffer.from(value).toString();
