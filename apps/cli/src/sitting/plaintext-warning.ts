import { addressesIn, parseAddress } from '@theriac/service-kit';
import type { Addresses } from '../embedded/table';

/** Says on standard error which services are reached over the network without encryption. */
export function warnOfPlaintext(addresses: Addresses): void {
  for (const [role, text] of Object.entries(addresses)) {
    for (const address of addressesIn(text, role)) {
      if (!parseAddress(address).local)
        process.stderr.write(
          `theriac: warning: the ${role} at ${address} is reached in plaintext: all may read and change it on its way.\n`,
        );
    }
  }
}
