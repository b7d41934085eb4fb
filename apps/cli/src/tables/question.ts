/**
 * What a cell asks, apart from who answers: everything of its manifest but the engines and the release. A card measured
 * elsewhere answers the same question; which engine measured it stands beside it.
 */
import { canonicalJson, sha256Hex } from '@theriac/game';
import type { Manifest } from '@theriac/game';
import type { CellWork } from './cell-work';

/** 64 hexadecimal digits that name the question of a cell. */
export function questionDigest(work: CellWork, manifest: Manifest): string {
  return sha256Hex(canonicalJson(questionOf(work, manifest)));
}

function questionOf(work: CellWork, manifest: Manifest): object {
  const { version: _, contract: __, release: ___, backends: ____, ...asked } = manifest;
  if (work.kind === 'game' || work.kind === 'online') return { kind: work.kind, ...asked };
  // Neither trains defenders: protocols and seeds of a manifest mean nothing to them.
  const { game, dataDigest, attackerProtocol, attackSeed } = asked;
  const shared = { kind: work.kind, game, dataDigest, attackerProtocol, attackSeed };
  if (work.kind === 'corruption') return { ...shared, epsilonW: work.epsilonW, orders: work.orders };
  return { ...shared, question: { ...work.question } };
}
