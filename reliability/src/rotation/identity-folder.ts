import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { issueIdentity } from '@theriac/service-kit/certificates';
import type { Issued } from '@theriac/service-kit/certificates';
import type { RandomStream } from '@theriac/tensors';

const longestPauseMilliseconds = 500;
const hour = 3_600_000;

/** The files of one identity, changed as an operator's script would: one after the other, in any order, with pauses. */
export interface IdentityFolder {
  readonly path: string;
  /** A new key and certificate of an authority. */
  renew(authority: Issued): Promise<void>;
  /** The authorities to trust. */
  trust(...authorities: readonly Issued[]): Promise<void>;
}

export async function identityFolder(
  path: string,
  uri: string,
  first: Issued,
  stream: RandomStream,
): Promise<IdentityFolder> {
  const issue = async (authority: Issued): Promise<Record<string, string>> => {
    const now = Date.now();
    const validity = { from: new Date(now - hour), to: new Date(now + 24 * hour) };
    const { certificate, key } = await issueIdentity(authority, { uri, hosts: ['localhost', '127.0.0.1'] }, validity);
    return { 'tls.crt': certificate, 'tls.key': key };
  };
  async function write(files: Readonly<Record<string, string>>): Promise<void> {
    const names = Object.keys(files);
    for (const k of stream.permutation(names.length)) {
      const name = names[k] as string;
      writeFileSync(join(path, name), files[name] as string, { mode: 0o600 });
      await sleep(stream.uniform() * longestPauseMilliseconds);
    }
  }
  mkdirSync(path);
  await write({ ...(await issue(first)), 'ca.crt': first.certificate });
  return {
    path,
    renew: async (authority) => write(await issue(authority)),
    trust: (...authorities) => write({ 'ca.crt': authorities.map(({ certificate }) => certificate).join('') }),
  };
}
