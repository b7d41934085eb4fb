/** `theriac certificates`: an authority and identities for mutual TLS, for development. */
import type { Command } from 'commander';
import { collect } from './shared-options';

export interface CertificatesFlags {
  readonly out: string;
  readonly identity?: readonly string[];
  readonly domain: string;
  readonly host?: readonly string[];
  readonly days: string;
  readonly json?: boolean;
}

export function addCertificates(program: Command): void {
  program
    .command('certificates')
    .description('make a development authority, and identities for mutual TLS')
    .option('--out <folder>', 'where; an authority that is there is used, nothing is overwritten', 'certificates')
    .option(
      '--identity <role>',
      'driver, attacker, trainer, evaluator or observer, or role/name; repeatable (default: all five)',
      collect,
    )
    .option('--domain <name>', 'the trust domain', 'theriac')
    .option(
      '--host <name>',
      'a DNS name or IP address that services are called by, beside localhost; repeatable',
      collect,
    )
    .option('--days <count>', 'days for which the identities are valid', '30')
    .option('--json', 'print one JSON document')
    .action(async (flags: CertificatesFlags) => {
      const { certificatesVerb } =
        require('../inspection/certificates-verb') as typeof import('../inspection/certificates-verb');
      await certificatesVerb(flags);
    });
}
