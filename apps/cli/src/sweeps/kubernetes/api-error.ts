/** What a cluster answers, or that it does not, as one sentence with a remedy. */
import { TheriacError } from '@theriac/tensors';
import type { ErrorDetail } from '@theriac/tensors';

/** What is known of a failed request: the status of an answer and its text, or the error of the network. */
interface Fault {
  readonly code?: number | string;
  readonly statusCode?: number;
  readonly body?: unknown;
  readonly message?: string;
  readonly name?: string;
}

const longestMessage = 400;
const rights = 'They are those of the Role theriac-sweeper in deploy/kubernetes/base/sweeper.yaml.';

/** The HTTP status of a failed request; undefined where there was no answer. */
export function statusOf(error: unknown): number | undefined {
  const { code, statusCode } = (error ?? {}) as Fault;
  return typeof code === 'number' ? code : statusCode;
}

/** `error`, met while doing `what` (as in "making a Job") at the API server `server`, as a TheriacError. */
export function apiError(error: unknown, what: string, server: string): TheriacError {
  if (error instanceof TheriacError) return error;
  const status = statusOf(error);
  const sentence = `${what} failed`;
  if (status === undefined) return unreachable(error as Fault, server);
  const { code, remedy } = toldOf(status, messageOf(error as Fault));
  return new TheriacError(sentence, {
    code,
    field: 'cluster',
    found: `${messageOf(error as Fault) || 'no reason'} (status ${status})`,
    remedy,
  });
}

function toldOf(status: number, message: string): Required<Pick<ErrorDetail, 'code' | 'remedy'>> {
  if (status === 401)
    return { code: 'UNAUTHENTICATED', remedy: 'Log in to the cluster again, then try `kubectl auth whoami`.' };
  if (status === 403 && /exceeded quota/.test(message))
    return { code: 'RESOURCE_EXHAUSTED', remedy: 'Wait until there is room, or ask for a larger quota.' };
  if (status === 403) return { code: 'PERMISSION_DENIED', remedy: `Ask for the rights. ${rights}` };
  if (status === 404 && /namespaces? /.test(message))
    return { code: 'NOT_FOUND', remedy: 'Make the namespace, or name another one by --namespace.' };
  if (status === 404) return { code: 'NOT_FOUND', remedy: 'It may have been deleted; the same command begins anew.' };
  if (status === 409) return { code: 'ABORTED', remedy: 'Run the same command again.' };
  if (status === 429 || status >= 500)
    return { code: 'UNAVAILABLE', remedy: 'The cluster is busy or ill: try again later.' };
  return { code: 'INVALID_ARGUMENT', remedy: 'Look at what the options and the pod patch ask for (--manifest).' };
}

/** A cluster sends a Status with its message. */
function messageOf({ body, message = '' }: Fault): string {
  const text = typeof body === 'string' ? body : '';
  try {
    const { message: told } = (text === '' ? (body ?? {}) : JSON.parse(text)) as { message?: unknown };
    if (typeof told === 'string') return short(told);
  } catch {
    return short(text);
  }
  return short(/^HTTP-Code: \d+\s+Message: (.*?)\s+Body: /s.exec(message)?.[1] ?? message);
}

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be resolved',
  ECONNRESET: 'the connection was broken',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
};

function unreachable({ code, message = '', name }: Fault, server: string): TheriacError {
  const late = name === 'AbortError' || name === 'TimeoutError';
  const why = late ? 'it does not answer' : (words[String(code)] ?? short(message));
  return new TheriacError(`the cluster at ${server} cannot be reached: ${why}`, {
    code: 'UNAVAILABLE',
    field: 'cluster',
    ...(code === undefined ? {} : { found: String(code) }),
    remedy: 'Look at --kubeconfig and --context; `kubectl cluster-info` has to answer.',
  });
}

function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length <= longestMessage ? line : `${line.slice(0, longestMessage)}...`;
}
