/** Calls that must be refused: with which status, and naming which field. */
import { refusalOf } from '@theriac/service-kit';
import { demand } from './check';

export interface Wrong {
  /** What is wrong with the call, for example "an unknown model". */
  readonly what: string;
  call(): Promise<unknown>;
  /** The statuses that say it rightly. */
  readonly status: string | readonly string[];
  /** The last part of the name of the field to blame; missing: none need be named. */
  readonly field?: string;
}

/**
 * Makes the calls one after the other. Throws Broken with all that were taken, refused with another status, or refused without an
 * ErrorInfo that names the field.
 */
export async function allRefused(wrongs: readonly Wrong[]): Promise<string> {
  const complaints: string[] = [];
  for (const wrong of wrongs) {
    const complaint = await complaintOf(wrong);
    if (complaint !== undefined) complaints.push(`${wrong.what}: ${complaint}`);
  }
  demand(complaints.length === 0, complaints.join('; '));
  return `${wrongs.length} refused`;
}

async function complaintOf({ call, status, field }: Wrong): Promise<string | undefined> {
  const allowed = typeof status === 'string' ? [status] : status;
  try {
    await call();
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    if (!allowed.includes(refusal.status)) return `refused with ${refusal.status}, not ${allowed.join(' or ')}`;
    if (field === undefined || refusal.status === 'UNIMPLEMENTED') return undefined;
    if (refusal.info === undefined) return `${refusal.status} without ErrorInfo`;
    const named = lastPart(refusal.info.field ?? '');
    return named === field ? undefined : `ErrorInfo blames ${JSON.stringify(refusal.info.field ?? '')}, not ${field}`;
  }
  return 'it was taken';
}

/** "poison.rows.x[3]" -> "x". */
const lastPart = (field: string): string =>
  field
    .replace(/\[\d+\]/g, '')
    .split('.')
    .at(-1) ?? '';
