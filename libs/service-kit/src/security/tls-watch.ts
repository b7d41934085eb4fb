import type { experimental } from '@grpc/grpc-js';
import { TheriacError } from '@theriac/tensors';
import type { Logger } from '../logging';
import { checkTlsFiles, readTlsFolder, type CheckedTlsFiles, type TlsFiles } from './tls-folder';

type CaListener = experimental.CaCertificateUpdateListener;
type IdentityListener = experimental.IdentityCertificateUpdateListener;

/** The certificates of a folder, always the newest that can be used. */
export interface TlsWatch extends experimental.CertificateProvider {
  readonly current: CheckedTlsFiles;
}

const everyMilliseconds = 1000;

/**
 * Reads a TLS folder now, and again every second while somebody listens; throws where they cannot be used. Files that cannot be used,
 * as when a key was replaced before its certificate, are told to the log and the last good ones stay in force. The provider of
 * @grpc/grpc-js instead takes whatever it finds and then refuses every connection.
 */
export function watchTlsFolder(folder: string, log: Logger): TlsWatch {
  let current = checkTlsFiles(folder, readTlsFolder(folder));
  let complaint = '';
  let timer: NodeJS.Timeout | undefined;
  const authorities = new Set<CaListener>();
  const identities = new Set<IdentityListener>();

  const tellAuthorities = (listener: CaListener) => listener({ caCertificate: current.authorities });
  const tellIdentity = (listener: IdentityListener) =>
    listener({ certificate: current.certificate, privateKey: current.privateKey });

  function look(): void {
    try {
      const found = readTlsFolder(folder);
      const known = sameFiles(found, current);
      if (!known) current = checkTlsFiles(folder, found);
      complaint = '';
      if (known) return;
    } catch (error) {
      const message = error instanceof TheriacError ? error.message : String(error);
      if (message !== complaint) log.warn({ folder }, `keeping the certificates in use: ${message}`);
      complaint = message;
      return;
    }
    log.info({ folder, identity: current.identity.uri, expires: current.expires.toISOString() }, 'new certificates');
    authorities.forEach(tellAuthorities);
    identities.forEach(tellIdentity);
  }

  function begin(): void {
    if (timer) return;
    look();
    timer = setInterval(look, everyMilliseconds).unref();
  }
  function endIfAlone(): void {
    if (authorities.size + identities.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    get current() {
      return current;
    },
    addCaCertificateListener(listener) {
      begin();
      authorities.add(listener);
      process.nextTick(tellAuthorities, listener);
    },
    removeCaCertificateListener(listener) {
      authorities.delete(listener);
      endIfAlone();
    },
    addIdentityCertificateListener(listener) {
      begin();
      identities.add(listener);
      process.nextTick(tellIdentity, listener);
    },
    removeIdentityCertificateListener(listener) {
      identities.delete(listener);
      endIfAlone();
    },
  };
}

function sameFiles(one: TlsFiles, other: TlsFiles): boolean {
  return (
    one.certificate.equals(other.certificate) &&
    one.privateKey.equals(other.privateKey) &&
    one.authorities.equals(other.authorities)
  );
}
