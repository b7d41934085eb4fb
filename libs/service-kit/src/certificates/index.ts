export { writeCertificates } from './folders';
export type { CertificateOrder, WrittenIdentity } from './folders';
export { issueAuthority, issueIdentity } from './issue';
export type { Issued, Subject, Validity } from './issue';
