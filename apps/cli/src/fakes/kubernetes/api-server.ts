/**
 * An API server in this process: it keeps Jobs, ConfigMaps, pods and events, lets them be watched, and holds every request against
 * the published OpenAPI document, the rules of admission and the rights of who asks.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { faultsOfConfigMap, faultsOfJob } from './admission';
import { createTable } from './object-table';
import type { Change, ObjectTable, StoredObject } from './object-table';
import { readOpenApi } from './openapi';
import type { Operation } from './openapi';
import type { Rights } from './rights';

export interface Refusal {
  readonly status: number;
  readonly message: string;
}

export interface ApiServer {
  readonly url: string;
  readonly table: ObjectTable;
  /** Requests that a real server would not have understood. */
  readonly violations: readonly string[];
  /** Verb and path of every request, as "POST /apis/batch/v1/...". */
  readonly requests: readonly string[];
  /** Text that a pod's driver has written. */
  readonly logs: Map<string, string>;
  /** What else is refused; undefined: nothing. */
  refuse: (method: string, path: string) => Refusal | undefined;
  /** Ends every watch that is open, as a server that is restarted does. */
  breakWatches(): void;
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly namespaces: readonly string[];
  /** Bearer tokens, and what each may do. */
  readonly tokens: ReadonlyMap<string, Rights>;
}

const kinds: Readonly<Record<string, { kind: string; apiVersion: string }>> = {
  jobs: { kind: 'Job', apiVersion: 'batch/v1' },
  configmaps: { kind: 'ConfigMap', apiVersion: 'v1' },
  pods: { kind: 'Pod', apiVersion: 'v1' },
  events: { kind: 'Event', apiVersion: 'v1' },
};

interface Asked {
  readonly method: string;
  readonly operation: Operation;
  readonly namespace: string;
  readonly resource: string;
  readonly name: string | undefined;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export async function startApiServer({ namespaces, tokens }: ServerOptions): Promise<ApiServer> {
  const api = readOpenApi();
  const table = createTable();
  const violations: string[] = [];
  const requests: string[] = [];
  const logs = new Map<string, string>();
  const watches = new Set<ServerResponse>();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const { pathname, searchParams } = new URL(url, 'http://server');
    requests.push(`${method} ${pathname}`);
    const text = await textOf(request);
    const send = (status: number, body: object | string): void => {
      response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    const refuse = ({ status, message }: Refusal): void =>
      send(status, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code: status });
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const rights = tokens.get(token);
    if (rights === undefined) return refuse({ status: 401, message: 'Unauthorized' });
    const found = api.find(method, pathname);
    if (found === undefined) {
      violations.push(`${method} ${pathname} is no operation`);
      return refuse({ status: 404, message: 'the server could not find the requested resource' });
    }
    const { operation, values } = found;
    const { namespace = '', name } = values;
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const faults = faultsOf(operation, searchParams, body);
    if (faults.length > 0) {
      violations.push(...faults.map((fault) => `${method} ${pathname}: ${fault}`));
      return refuse({ status: 400, message: faults.join('; ') });
    }
    const resource = pathname.split('/').slice(pathname.split('/').indexOf(namespace) + 1);
    const asked = { method, operation, namespace, resource: resource[0] ?? '', name, query: searchParams, body };
    const what = resource.length === 3 ? `${resource[0]}/${resource[2]}` : asked.resource;
    const verb = verbOf(asked);
    if (!rights.allow(verb, what))
      return refuse({ status: 403, message: `${what} is forbidden: User "test" cannot ${verb} resource "${what}"` });
    if (!namespaces.includes(namespace) && method === 'POST')
      return refuse({ status: 404, message: `namespaces "${namespace}" not found` });
    const refused = server.refuse(method, pathname);
    if (refused !== undefined) return refuse(refused);
    if (what === 'pods/log') {
      const log = logs.get(name ?? '');
      return log === undefined ? refuse(notFound('pods', name)) : send(200, tail(log, searchParams));
    }
    if (searchParams.get('watch') === 'true') return watch(asked, response);
    perform(asked, send, refuse);
  }

  function faultsOf({ query, body: type }: Operation, given: URLSearchParams, body: unknown): string[] {
    const wrong = [...given].filter(([key, value]) => {
      const wanted = query.get(key);
      if (wanted === 'number') return !/^\d+$/.test(value);
      if (wanted === 'boolean') return !/^(true|false)$/.test(value);
      return wanted === undefined;
    });
    const faults = wrong.map(([key, value]) => `${key}=${value} is no parameter`);
    if (type === undefined) return body === undefined ? faults : [...faults, 'a body where none belongs'];
    return body === undefined ? faults : [...faults, ...api.faultsOf(type, body)];
  }

  function perform(asked: Asked, send: (status: number, body: object) => void, refuse: (why: Refusal) => void): void {
    const { method, namespace, resource, name, query, body } = asked;
    const { kind = '', apiVersion = '' } = kinds[resource] ?? {};
    if (method === 'POST') {
      const faults = kind === 'Job' ? faultsOfJob(body as never) : faultsOfConfigMap(body as never);
      if (faults.length > 0) return refuse({ status: 422, message: `${kind} is invalid: ${faults.join('; ')}` });
      const added = table.add(kind, namespace, { apiVersion, ...(body as object) });
      if (added !== undefined) return send(201, added);
      return refuse({ status: 409, message: `${resource} already exists` });
    }
    if (name === undefined) return send(200, listOf(asked, kind, apiVersion, query));
    const found = table.get(kind, namespace, name);
    if (found === undefined) return refuse(notFound(resource, name));
    if (method === 'DELETE') table.remove(found);
    send(200, method === 'DELETE' ? { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' } : found);
  }

  function listOf({ namespace }: Asked, kind: string, apiVersion: string, query: URLSearchParams): object {
    const all = table.list(kind, namespace).filter((one) => isSelected(one, query));
    const from = Number(query.get('continue') ?? 0);
    const limit = Number(query.get('limit') ?? 0) || all.length;
    const more = from + limit < all.length ? { continue: String(from + limit) } : {};
    const metadata = { resourceVersion: String(table.version), ...more };
    return { kind: `${kind}List`, apiVersion, metadata, items: all.slice(from, from + limit) };
  }

  function watch({ namespace, resource, query }: Asked, response: ServerResponse): void {
    const { kind } = kinds[resource] ?? {};
    response.writeHead(200, { 'content-type': 'application/json' });
    const write = (type: string, object: object): void => void response.write(`${JSON.stringify({ type, object })}\n`);
    const tell = ({ type, object }: Change): void => {
      if (object.kind !== kind || object.metadata.namespace !== namespace) return;
      if (isSelected(object, query)) write(type, object);
    };
    const before = table.since(Number(query.get('resourceVersion')));
    if (before === undefined) {
      write('ERROR', { kind: 'Status', code: 410, message: 'too old resource version' });
      return void response.end();
    }
    before.forEach(tell);
    const stop = table.listen(tell);
    watches.add(response);
    response.flushHeaders();
    response.on('close', () => {
      stop();
      watches.delete(response);
    });
  }

  const http: Server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const server: ApiServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    table,
    violations,
    requests,
    logs,
    refuse: () => undefined,
    breakWatches() {
      for (const watching of [...watches]) watching.destroy();
    },
    async close() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}

function verbOf({ method, name, query }: Asked): string {
  if (method === 'GET') return name !== undefined ? 'get' : query.get('watch') === 'true' ? 'watch' : 'list';
  return method === 'POST' ? 'create' : 'delete';
}

const notFound = (resource: string, name = ''): Refusal => ({
  status: 404,
  message: `${resource} "${name}" not found`,
});

/** The last lines, as many as were asked for. */
function tail(log: string, query: URLSearchParams): string {
  const lines = log.split('\n');
  return lines.slice(-1 - Number(query.get('tailLines') ?? lines.length)).join('\n');
}

/** "a=b,c=d" and "a!=b", over labels or over fields. */
function isSelected(object: StoredObject, query: URLSearchParams): boolean {
  const labels = object.metadata.labels ?? {};
  const fits = (selector: string | null, valueOf: (key: string) => unknown): boolean =>
    (selector ?? '')
      .split(',')
      .filter((part) => part !== '')
      .every((part) => {
        const [key = '', value = ''] = part.split('=');
        return String(valueOf(key) ?? '') === value;
      });
  const field = (key: string): unknown =>
    key.split('.').reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], object);
  return fits(query.get('labelSelector'), (key) => labels[key]) && fits(query.get('fieldSelector'), field);
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}
