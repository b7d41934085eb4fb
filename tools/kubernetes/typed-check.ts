/** Each document as a literal of its kind's type, checked by the TypeScript compiler: unknown fields, wrong types, missing fields. */
import path from 'node:path';
import ts from 'typescript';
import {
  isArray,
  isObject,
  kindOf,
  textAt,
  titleOf,
  type Json,
  type JsonObject,
  type Path,
  type Problem,
} from './documents';

const file = path.join(__dirname, 'documents-as-literals.ts');

const options: ts.CompilerOptions = {
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  types: [],
  lib: ['lib.es2022.d.ts'],
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
};

/** A problem of the document with this index. */
export interface TypeProblem extends Problem {
  readonly index: number;
}

/** What the compiler says against the documents. */
export function checkTypes(documents: readonly JsonObject[]): TypeProblem[] {
  const { text, places } = literals(documents);
  const program = ts.createProgram([file], options, hostFor(text));
  const found = [
    ...program.getOptionsDiagnostics(),
    ...program.getSyntacticDiagnostics(),
    ...program.getSemanticDiagnostics(),
  ];
  return found.map((diagnostic) => {
    const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
    const place =
      diagnostic.file?.fileName === file && diagnostic.start !== undefined
        ? places[ts.getLineAndCharacterOfPosition(diagnostic.file, diagnostic.start).line]
        : undefined;
    const document = place === undefined ? undefined : documents[place.document];
    if (place === undefined || document === undefined)
      throw new Error(`the types of manifests are themselves wrong: ${diagnostic.file?.fileName}: ${message}`);
    const sentence = sentenceOf(diagnostic.code, message, document);
    return { index: place.document, document: titleOf(document), path: place.path, sentence };
  });
}

interface Place {
  readonly document: number;
  readonly path: Path;
}

/** The source text, and for each of its lines the place in the documents that it states. */
function literals(documents: readonly JsonObject[]): { text: string; places: Place[] } {
  const lines: string[] = [];
  const places: Place[] = [];
  const write = (line: string, document: number, at: Path) => {
    lines.push(line);
    places.push({ document, path: at });
  };
  const state = (before: string, value: Json, after: string, document: number, at: Path): void => {
    const items = isArray(value)
      ? value.map((each, index) => ['', index, each] as const)
      : isObject(value)
        ? Object.entries(value).map(([key, each]) => [`${JSON.stringify(key)}: `, key, each] as const)
        : undefined;
    if (items === undefined) return write(`${before}${JSON.stringify(value)}${after}`, document, at);
    const [open, close] = isArray(value) ? ['[', ']'] : ['{', '}'];
    write(`${before}${open}`, document, at);
    for (const [name, step, each] of items) state(name, each, ',', document, [...at, step]);
    write(`${close}${after}`, document, at);
  };
  write("import type { ManifestTypes } from './manifest-types';", 0, []);
  documents.forEach((document, index) => {
    const type = `${textAt(document, 'apiVersion')} ${kindOf(document)}`;
    state(`export const document${index}: ManifestTypes[${JSON.stringify(type)}] = `, document, ';', index, []);
  });
  return { text: lines.join('\n'), places };
}

const parsed = new Map<string, ts.SourceFile | undefined>();

/** A compiler's host in which the literals are a file; declarations are parsed once in a process. */
function hostFor(text: string): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  return {
    ...host,
    fileExists: (name) => name === file || host.fileExists(name),
    readFile: (name) => (name === file ? text : host.readFile(name)),
    getSourceFile(name, language) {
      if (name === file) return ts.createSourceFile(name, text, language);
      const known = parsed.get(name) ?? host.getSourceFile(name, language);
      parsed.set(name, known);
      return known;
    },
  };
}

function sentenceOf(code: number, message: string, document: JsonObject): string {
  const plain = message.replace(/['"]+/g, "'");
  const last = plain.split('\n').at(-1)?.trim() ?? plain;
  const [, unknown] = /may only specify known properties, (?:and|but) '([^']+)' does not exist/.exec(plain) ?? [];
  if (unknown !== undefined) return `unknown field ${unknown}`;
  const [, missing] = /Property '([^']+)' is missing in type/.exec(last) ?? [];
  if (missing !== undefined) return `lacks ${missing}`;
  const [, several] = /missing the following properties from type .*: ([^:]+)$/.exec(last) ?? [];
  if (several !== undefined) return `lacks ${several}`;
  if (code === 2339) return `${textAt(document, 'apiVersion')} ${kindOf(document)} is no kind that is known here`;
  return `wrong: ${last.length > 300 ? `${last.slice(0, 300)}...` : last}`;
}
