/** What an API server keeps: objects with versions, and the history that its watches tell. */
import { randomUUID } from 'node:crypto';

export interface StoredObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string }[];
  };
  readonly [field: string]: unknown;
}

export interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: StoredObject;
}

export interface ObjectTable {
  /** Version of the last change. */
  readonly version: number;
  list(kind: string, namespace: string): StoredObject[];
  get(kind: string, namespace: string, name: string): StoredObject | undefined;
  /** undefined: one of this name is there. */
  add(kind: string, namespace: string, object: object): StoredObject | undefined;
  change(object: StoredObject, fields: object): StoredObject;
  /** Deletes it, and what it owns. */
  remove(object: StoredObject): void;
  /** Changes after a version; undefined: they are no longer known. */
  since(version: number): readonly Change[] | undefined;
  /** Forgets the history, as a server does after a while. */
  forget(): void;
  /** Tells of every change from now on; gives what ends that. */
  listen(listener: (change: Change) => void): () => void;
}

export function createTable(): ObjectTable {
  const objects = new Map<string, StoredObject>();
  const listeners = new Set<(change: Change) => void>();
  let history: Change[] = [];
  let version = 100;
  let oldest = version;
  const keyOf = (kind: string, namespace: string, name: string): string => `${kind}/${namespace}/${name}`;

  function record(type: Change['type'], object: StoredObject): StoredObject {
    const { kind, metadata } = object;
    version += 1;
    const stored = { ...object, metadata: { ...metadata, resourceVersion: String(version) } };
    const key = keyOf(kind, metadata.namespace, metadata.name);
    if (type === 'DELETED') objects.delete(key);
    else objects.set(key, stored);
    const change = { version, type, object: stored };
    history.push(change);
    for (const listener of [...listeners]) listener(change);
    return stored;
  }

  const table: ObjectTable = {
    get version() {
      return version;
    },
    list: (kind, namespace) =>
      [...objects.values()].filter((one) => one.kind === kind && one.metadata.namespace === namespace),
    get: (kind, namespace, name) => objects.get(keyOf(kind, namespace, name)),
    add(kind, namespace, object) {
      const { metadata = {}, ...rest } = object as Partial<StoredObject>;
      const { name = '' } = metadata as { name?: string };
      if (objects.has(keyOf(kind, namespace, name))) return undefined;
      const own = { ...metadata, name, namespace, uid: randomUUID(), resourceVersion: '' };
      return record('ADDED', { apiVersion: 'v1', ...rest, kind, metadata: own });
    },
    change: (object, fields) => record('MODIFIED', { ...object, ...fields }),
    remove(object) {
      record('DELETED', object);
      const owned = [...objects.values()].filter(({ metadata }) =>
        metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid),
      );
      owned.forEach((one) => table.remove(one));
    },
    since: (from) => (from < oldest ? undefined : history.filter((change) => change.version > from)),
    forget() {
      history = [];
      oldest = version;
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return table;
}
