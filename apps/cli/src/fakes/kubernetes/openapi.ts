/**
 * The OpenAPI document that Kubernetes 1.34 publishes, as far as Jobs, ConfigMaps, pods and events go: its paths, verbs, parameters
 * and types, read from the code that the official client's generator made of that document, field by field.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Ajv from 'ajv';
import type { ValidateFunction } from 'ajv';

export interface Operation {
  readonly path: string;
  /** Names and types of what may stand in the query. */
  readonly query: ReadonlyMap<string, string>;
  /** Name of the type of the request's body. */
  readonly body: string | undefined;
}

export interface OpenApi {
  /** The operation of a verb on a path, and the values of the path's parameters. */
  find(method: string, path: string): { operation: Operation; values: Readonly<Record<string, string>> } | undefined;
  /** What is wrong with a value of this type: unknown, missing and mistyped fields. */
  faultsOf(type: string, value: unknown): string[];
}

interface Attribute {
  readonly baseName: string;
  readonly type: string;
  readonly format: string;
}

const generated = join(dirname(require.resolve('@kubernetes/client-node/package.json')), 'dist', 'gen');
const operationPattern =
  /const localVarPath = '([^']+)'[\s\S]*?HttpMethod\.([A-Z]+)\)([\s\S]*?)(?=const localVarPath|export class \w+ResponseProcessor|$)/g;

export function readOpenApi(): OpenApi {
  const operations = ['BatchV1Api', 'CoreV1Api'].flatMap(operationsOf);
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const added = new Set<string>();

  /** Adds the schema of a type, and of all that it refers to. */
  function add(type: string): void {
    if (added.has(type)) return;
    added.add(type);
    const { schema, refers } = schemaOf(type);
    ajv.addSchema(schema, type);
    refers.forEach(add);
  }

  const validators = new Map<string, ValidateFunction>();
  return {
    find(method, path) {
      for (const { method: verb, pattern, names, ...operation } of operations) {
        const match = verb === method ? pattern.exec(path) : null;
        if (match === null) continue;
        const values = names.map((name, at) => [name, decodeURIComponent(match[at + 1] ?? '')]);
        return { operation, values: Object.fromEntries(values) as Record<string, string> };
      }
      return undefined;
    },
    faultsOf(type, value) {
      let validate = validators.get(type);
      if (validate === undefined) {
        add(type);
        validate = ajv.getSchema(type) as ValidateFunction;
        validators.set(type, validate);
      }
      if (validate(value)) return [];
      return (validate.errors ?? []).map(
        ({ instancePath, message, params }) => `${type}${instancePath} ${message} ${JSON.stringify(params)}`,
      );
    },
  };
}

interface Route extends Operation {
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
}

function operationsOf(api: string): Route[] {
  const [factory = ''] = readFileSync(join(generated, 'apis', `${api}.js`), 'utf8').split('ResponseProcessor {');
  return [...factory.matchAll(operationPattern)].map(([, path = '', method = '', rest = '']) => {
    const query = [...rest.matchAll(/setQueryParam\("(\w+)", ObjectSerializer\.serialize\(\w+, "([^"]+)"/g)];
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    return {
      path,
      method,
      names,
      pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '([^/]+)')}$`),
      query: new Map(query.map(([, name = '', type = '']) => [name, type])),
      body: /serialize\(body, "(\w+)"/.exec(rest)?.[1],
    };
  });
}

/** The JSON schema of one of the document's types; it has no field that the document does not name. */
function schemaOf(type: string): { schema: object; refers: string[] } {
  const base = join(generated, 'models', type);
  const table = /attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(readFileSync(`${base}.js`, 'utf8'))?.[1] ?? '[]';
  const attributes = JSON.parse(table) as Attribute[];
  // A field whose declaration has no question mark is required.
  const required = [...readFileSync(`${base}.d.ts`, 'utf8').matchAll(/^ {4}'(\w+)': /gm)].map(([, name = '']) => name);
  const refers: string[] = [];
  const properties = attributes.map(({ baseName, type: of, format }): [string, object] => [
    baseName,
    valueSchema(of, format, refers),
  ]);
  return {
    schema: { type: 'object', properties: Object.fromEntries(properties), required, additionalProperties: false },
    refers,
  };
}

function valueSchema(type: string, format: string, refers: string[]): object {
  const list = /^Array<(.*)>$/.exec(type)?.[1];
  if (list !== undefined) return { type: 'array', items: valueSchema(list, format, refers) };
  const map = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (map !== undefined) return { type: 'object', additionalProperties: valueSchema(map, format, refers) };
  if (type === 'number') return { type: format.startsWith('int') ? 'integer' : 'number' };
  if (type === 'string' || type === 'boolean') return { type };
  if (type === 'Date' || type === 'V1MicroTime') return { type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT' };
  if (type === 'IntOrString') return { type: ['integer', 'string'] };
  if (type === 'any') return {};
  refers.push(type);
  return { $ref: type };
}
