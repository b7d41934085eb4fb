import { credentials } from '@grpc/grpc-js';
import type { ChannelCredentials } from '@grpc/grpc-js';
import { issueAuthority, issueIdentity } from '@theriac/service-kit/certificates';
import type { Issued, Validity } from '@theriac/service-kit/certificates';

export const identities = ['driver', 'attacker', 'trainer', 'evaluator', 'observer'] as const;
export type IdentityRole = (typeof identities)[number];

/** Somebody who calls, and what every call of his is to get: what the policy says of a role, or the same status always. */
export interface Caller {
  readonly name: string;
  readonly credentials: ChannelCredentials;
  readonly expected: { readonly role: IdentityRole } | { readonly status: string };
}

const hour = 3_600_000;
export const hosts = ['localhost', '127.0.0.1'];
export const domain = 'theriac';

/** The hour before, around or after now. */
export function hourAt(shift: number): Validity {
  const middle = Date.now() + 2 * shift * hour;
  return { from: new Date(middle - hour), to: new Date(middle + hour) };
}

/** Each role, and everybody who must get nowhere. */
export async function makeCallers(authority: Issued): Promise<readonly Caller[]> {
  const other = await issueAuthority('another authority', hourAt(0));
  const trusted = Buffer.from(authority.certificate);
  const holder = ({ certificate, key }: Issued): ChannelCredentials =>
    credentials.createSsl(trusted, Buffer.from(key), Buffer.from(certificate));
  const identity = async (
    uri: string | undefined,
    issuer = authority,
    validity = hourAt(0),
  ): Promise<ChannelCredentials> =>
    holder(await issueIdentity(issuer, uri === undefined ? { hosts } : { uri, hosts }, validity));
  const uriOf = (role: string): string => `spiffe://${domain}/${role}`;
  const strangers: Record<string, [ChannelCredentials, string]> = {
    'no TLS': [credentials.createInsecure(), 'UNAVAILABLE'],
    'no certificate': [credentials.createSsl(trusted), 'UNAUTHENTICATED'],
    'another authority': [await identity(uriOf('driver'), other), 'UNAUTHENTICATED'],
    'signed by itself': [holder(await issueAuthority(uriOf('driver'), hourAt(0))), 'UNAUTHENTICATED'],
    expired: [await identity(uriOf('driver'), authority, hourAt(-1)), 'UNAUTHENTICATED'],
    'not valid yet': [await identity(uriOf('driver'), authority, hourAt(1)), 'UNAUTHENTICATED'],
    'no identity': [await identity(undefined), 'PERMISSION_DENIED'],
    'an unknown role': [await identity(uriOf('admin')), 'PERMISSION_DENIED'],
    'another trust domain': [await identity('spiffe://elsewhere/driver'), 'PERMISSION_DENIED'],
    'no SPIFFE name': [await identity('https://theriac/driver'), 'PERMISSION_DENIED'],
  };
  return [
    ...(await Promise.all(
      identities.map(async (role) => ({ name: role, credentials: await identity(uriOf(role)), expected: { role } })),
    )),
    ...Object.entries(strangers).map(([name, [held, status]]) => ({ name, credentials: held, expected: { status } })),
  ];
}
