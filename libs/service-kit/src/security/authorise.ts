import { ServerInterceptingCall, status as Status, type ServerInterceptor } from '@grpc/grpc-js';
import { TheriacError } from '@theriac/tensors';
import type { PeerCertificate } from 'node:tls';
import type { Logger } from '../logging';
import { statusOf } from '../status';
import { countRefusal } from '../telemetry/instruments';
import { identityIn } from './identity';
import type { Policy } from './policy';
import { whyNotTrusted } from './untrusted-peers';

export interface Authorisation {
  readonly policy: Policy;
  /** The trust domain of callers: that of our own certificate. */
  readonly domain: string;
  readonly log: Logger;
}

/**
 * Refuses calls that the policy does not allow, health and reflection included, before anything of them is read: UNAUTHENTICATED without a
 * certificate that is trusted now, PERMISSION_DENIED where its identity is none of ours or may not call the method. Each refusal is one
 * line of the log.
 */
export function authorising({ policy, domain, log }: Authorisation): ServerInterceptor {
  for (const code of [Status.UNAUTHENTICATED, Status.PERMISSION_DENIED]) countRefusal(code, 0);
  return ({ path }, call) => {
    const certificate = call.getAuthContext().sslPeerCertificate;
    const refused = certificate
      ? refusal(certificate, path, policy, domain)
      : unauthenticated(whyNotTrusted(call.getPeer()));
    if (!refused) return new ServerInterceptingCall(call);
    const names = certificate?.subjectaltname;
    const identity = identityIn(names)?.uri ?? names ?? null;
    const { code, found: why } = refused.detail;
    log.warn({ audit: 'denied', method: path, peer: call.getPeer(), identity, code, why }, refused.message);
    const status = statusOf(refused);
    countRefusal(status.code);
    return new ServerInterceptingCall(call, {
      start: (begin) => begin({ onReceiveMetadata: () => call.sendStatus(status) }),
    });
  };
}

function refusal(certificate: PeerCertificate, path: string, policy: Policy, domain: string): TheriacError | undefined {
  if (Date.parse(certificate.valid_to) <= Date.now()) return unauthenticated('a certificate that has expired since');
  const found = identityIn(certificate.subjectaltname);
  if (found?.domain !== domain)
    return denied(
      "the caller's certificate names nobody who may call",
      certificate.subjectaltname ?? 'no name',
      `one URI spiffe://${domain}/role or .../role/name, with a role of the policy`,
    );
  if (policy.allows(found.role, path)) return undefined;
  const allowed = policy.rolesOf(path).join(', ') || 'nobody';
  return denied(`${found.uri} may not call ${path.slice(1)}`, `role ${found.role}`, allowed);
}

function denied(sentence: string, found: string, allowed: string): TheriacError {
  return new TheriacError(sentence, {
    code: 'PERMISSION_DENIED',
    field: 'certificate',
    found,
    allowed,
    remedy: "Call with another identity, or change the service's policy (--policy).",
  });
}

function unauthenticated(found: string): TheriacError {
  return new TheriacError("the caller's certificate is not trusted", {
    code: 'UNAUTHENTICATED',
    field: 'certificate',
    found,
    allowed: "a certificate that the service's ca.crt vouches for, and that is valid now",
    remedy: 'Give --tls (or THERIAC_TLS) a folder with tls.crt, tls.key and ca.crt of the same authority.',
  });
}
