/** The closed list of what can go wrong; the same words as the gRPC status codes. */
export type ErrorCode =
  | 'INVALID_ARGUMENT'
  | 'FAILED_PRECONDITION'
  | 'NOT_FOUND'
  | 'RESOURCE_EXHAUSTED'
  | 'ABORTED'
  | 'DATA_LOSS'
  | 'PERMISSION_DENIED'
  | 'UNAUTHENTICATED'
  | 'UNAVAILABLE'
  | 'CANCELLED'
  | 'INTERNAL';

export interface ErrorDetail {
  code: ErrorCode;
  /** Dotted name of the offending field, file or argument. */
  field?: string;
  /** What was there, as text. */
  found?: string;
  /** What may be there, as text. */
  allowed?: string;
  /** What to do about it: a sentence. */
  remedy?: string;
  /** Seconds after which repeating it may succeed, > 0. */
  retryAfterSeconds?: number;
}

/** An error is one line: a sentence, what was found, what is allowed, what to do. */
export class TheriacError extends Error {
  override readonly name = 'TheriacError';
  readonly detail: ErrorDetail;

  constructor(sentence: string, detail: ErrorDetail) {
    super(oneLine(compose(sentence, detail)));
    this.detail = detail;
  }
}

/** INVALID_ARGUMENT with the message "<field> is <found>; allowed: <allowed>. <remedy>". The caller throws it. */
export function invalid(field: string, found: unknown, allowed: string, remedy?: string): TheriacError {
  const shown = show(found);
  const detail: ErrorDetail = { code: 'INVALID_ARGUMENT', field, found: shown, allowed };
  if (remedy !== undefined) detail.remedy = remedy;
  return new TheriacError(`${field} is ${shown}`, detail);
}

const shownCharacters = 120;

function show(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return JSON.stringify(shorten(value));
  if (typeof value === 'object' && value !== null) return shorten(JSON.stringify(value) ?? String(value));
  return shorten(String(value));
}

function shorten(text: string): string {
  return text.length <= shownCharacters ? text : `${text.slice(0, shownCharacters)}...`;
}

function compose(sentence: string, { found, allowed, remedy }: ErrorDetail): string {
  let text = sentence.trim().replace(/[.;]+$/, '');
  if (found !== undefined && !text.includes(found)) text += `; found: ${found}`;
  if (allowed !== undefined) text += `; allowed: ${allowed}`;
  text = /[.!?]$/.test(text) ? text : `${text}.`;
  if (remedy === undefined || remedy.trim() === '') return text;
  return `${text} ${remedy.trim()}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
