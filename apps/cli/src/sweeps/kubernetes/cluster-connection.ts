/** The way to a cluster: which one, as whom, in which namespace. The official client is loaded here and nowhere else. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { BatchV1Api, CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { invalid, TheriacError } from '@theriac/tensors';
import type { WatchEvent } from './follow';

export interface ClusterChoice {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
}

export interface ClusterConnection {
  readonly batch: BatchV1Api;
  readonly core: CoreV1Api;
  readonly namespace: string;
  readonly server: string;
  /** Watches once; rejects with what broke it, an HTTP status as `statusCode`. */
  watch(
    path: string,
    query: Readonly<Record<string, string | boolean>>,
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<void>;
}

const standardNamespace = 'theriac';
const requestMilliseconds = 30_000;
/** A watch is begun anew now and then, so that one that died silently is not waited for. */
const watchSeconds = 240;
const silenceMilliseconds = (watchSeconds + 30) * 1000;
const loopback = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])([:/]|$)/;
const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Throws INVALID_ARGUMENT for a configuration that cannot be read, or has no such context. */
export async function connectCluster(choice: ClusterChoice): Promise<ClusterConnection> {
  const client = await import('@kubernetes/client-node');
  const config = configure(new client.KubeConfig(), choice);
  const { server = '' } = config.getCurrentCluster() ?? {};
  const configuration = client.createConfiguration({
    baseServer: new client.ServerConfiguration(server.replace(/\/$/, ''), {}),
    authMethods: { default: config },
    promiseMiddleware: [
      {
        pre: (request) => {
          request.setSignal(AbortSignal.timeout(requestMilliseconds));
          return Promise.resolve(request);
        },
        post: (response) => Promise.resolve(response),
      },
    ],
  });
  const watcher = new client.Watch(config);
  return {
    batch: new client.BatchV1Api(configuration),
    core: new client.CoreV1Api(configuration),
    namespace: choice.namespace ?? namespaceOf(config),
    server,
    watch: (path, query, onEvent, signal) =>
      new Promise<void>((resolve, reject) => {
        let request: AbortController | undefined;
        const end = (settle: () => void): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', stop);
          request?.abort();
          settle();
        };
        const stop = (): void => end(resolve);
        const timer = setTimeout(stop, silenceMilliseconds);
        signal.addEventListener('abort', stop, { once: true });
        const onLine = (type: string, object: WatchEvent['object']): void => {
          if (!signal.aborted) onEvent({ type, object });
        };
        const done = (error: Error | null): void => end(() => (error === null ? resolve() : reject(error)));
        void watcher.watch(path, { ...query, timeoutSeconds: watchSeconds }, onLine, done).then((opened) => {
          request = opened;
          if (signal.aborted) opened.abort();
        }, done);
      }),
  };
}

function configure(config: KubeConfig, { kubeconfig, context }: ClusterChoice): KubeConfig {
  const file = kubeconfig ?? process.env['KUBECONFIG'] ?? join(homedir(), '.kube', 'config');
  if (kubeconfig !== undefined) readConfig(file, () => config.loadFromFile(kubeconfig));
  else if (process.env['KUBECONFIG'] || existsSync(file)) readConfig(file, () => config.loadFromDefault());
  else if (existsSync(join(serviceAccount, 'token'))) config.loadFromCluster();
  else
    throw invalid('--kubeconfig', 'nothing', 'a file that names a cluster', 'There is none in ~/.kube/config either.');
  if (context !== undefined) config.setCurrentContext(context);
  const names = config.getContexts().map(({ name }) => name);
  const current = config.getCurrentContext();
  if (!names.includes(current)) throw invalid('--context', current ?? 'none', names.join(', ') || 'none');
  if (config.getCurrentCluster() === null) throw invalid('--context', current, 'one with a cluster of the same file');
  // As `kubectl proxy` serves it. The client wants to be told that there is no certificate to look at.
  config.clusters = config.clusters.map((one) => (loopback.test(one.server) ? { ...one, skipTLSVerify: true } : one));
  return config;
}

function readConfig(file: string, read: () => void): void {
  try {
    read();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new TheriacError(`the configuration of the cluster cannot be read: ${file}`, {
      code: 'INVALID_ARGUMENT',
      field: '--kubeconfig',
      found: code ?? message.split('\n')[0] ?? '',
      remedy: 'Name a file that `kubectl` understands.',
    });
  }
}

/** That of the context, else the pod's own, else the standard one. */
function namespaceOf(config: KubeConfig): string {
  const chosen = config.getContextObject(config.getCurrentContext())?.namespace;
  if (chosen !== undefined && chosen !== '') return chosen;
  try {
    return readFileSync(join(serviceAccount, 'namespace'), 'utf8').trim();
  } catch {
    return standardNamespace;
  }
}
