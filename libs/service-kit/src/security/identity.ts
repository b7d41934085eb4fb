/** What an identity may act as. */
export const securityRoles = ['driver', 'attacker', 'trainer', 'evaluator', 'observer'] as const;
export type Role = (typeof securityRoles)[number];

/** The identity in a certificate: "spiffe://domain/role" or "spiffe://domain/role/name". */
export interface Identity {
  readonly uri: string;
  readonly domain: string;
  readonly role: Role;
}

/** Reads "spiffe://domain/role[/name]"; undefined when it is none, or the role is unknown. */
export function parseIdentity(uri: string): Identity | undefined {
  const [, domain, first] = /^spiffe:\/\/([a-z0-9._-]{1,255})\/([a-z]+)(?:\/[A-Za-z0-9._-]+)?$/.exec(uri) ?? [];
  const role = securityRoles.find((known) => known === first);
  return domain === undefined || role === undefined ? undefined : { uri, domain, role };
}

/**
 * The identity in a certificate's alternative names, as node writes them: "URI:spiffe://theriac/driver, DNS:localhost". Undefined
 * unless there is exactly one URI and it is an identity.
 */
export function identityIn(alternativeNames: string | undefined): Identity | undefined {
  const uris: string[] = [];
  // A name that could be mistaken for several is in quotes; what is in quotes is no identity.
  const name = /([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/gy;
  const text = alternativeNames ?? '';
  while (name.lastIndex < text.length) {
    const [, kind, value] = name.exec(text) ?? [];
    if (kind === undefined || value === undefined) return undefined;
    if (kind === 'URI') uris.push(value);
  }
  const [uri, ...others] = uris;
  return uri === undefined || others.length > 0 ? undefined : parseIdentity(uri);
}
