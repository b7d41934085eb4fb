/** Suspicion flags: what a reader must know before believing a figure. A sentence each. */
import type { Manifest, ProtocolCard, PublishedFigure } from '@theriac/game';
import type { CraftedRecord, VerifiedRecord } from './records';

export interface Evidence {
  readonly manifest: Manifest;
  readonly crafted: CraftedRecord | undefined;
  readonly verified: VerifiedRecord | undefined;
  readonly protocols: readonly ProtocolCard[];
  readonly diverged: readonly { readonly label: string; readonly reason: string }[];
  readonly published: PublishedFigure | undefined;
  /** Poison rows that are still their base rows, label included; undefined where the base rows are not here. */
  readonly unchangedRows: number | undefined;
  /** What the data set wants the user to know. */
  readonly notice: string | undefined;
}

/** A defender further than this from an argmin is called unconverged. */
const convergedNorm = 1e-2;

/** A defence that leaves a drop of this many points or more has not held. */
const defendedDrop = 2;

/** Every flag that the evidence raises. */
export function suspicionFlags(evidence: Evidence): string[] {
  const { crafted, notice } = evidence;
  return [
    ...(notice === undefined ? [] : [notice]),
    ...(crafted?.flags ?? []),
    ...residualFlags(evidence),
    ...ruleFlags(evidence),
    ...defenderFlags(evidence),
  ];
}

function residualFlags({ manifest, crafted, verified }: Evidence): string[] {
  const flags: string[] = [];
  const residual = crafted?.residual;
  if (residual !== undefined && residual !== null) {
    if (residual.before === 0) flags.push('zero gradient: the residual was 0 before crafting');
    else if (residual.after >= residual.before)
      flags.push(
        `residual not decreasing: ${figure(residual.before)} before crafting, ${figure(residual.after)} after`,
      );
  }
  const tau = verified?.target?.threshold.tau;
  const said = crafted?.flags.some((flag) => /threshold|tau/.test(flag)) === true;
  if (tau !== undefined && manifest.poisonFraction < tau && !said)
    flags.push(
      `fraction below tau: ${manifest.poisonFraction} < ${figure(tau)}, so no poison of this size can reach the target exactly`,
    );
  return flags;
}

function ruleFlags({ crafted, verified, unchangedRows, manifest }: Evidence): string[] {
  const flags: string[] = [];
  for (const violation of verified?.violations ?? [])
    flags.push(`constraint broken: ${violation.message} (${violation.rows} rows)`);
  if (verified !== undefined && verified.count !== verified.allowedCount)
    flags.push(`${verified.count} poison rows where the fraction allows ${verified.allowedCount}`);
  if (crafted !== undefined && crafted.count === 0)
    flags.push(`no poison: a fraction of ${manifest.poisonFraction} is less than one row`);
  else if (crafted !== undefined && unchangedRows !== undefined && unchangedRows > 0)
    flags.push(
      unchangedRows === crafted.count
        ? 'poison equal to its initialisation: every row is its base row'
        : `${unchangedRows} of ${crafted.count} poison rows equal their initialisation`,
    );
  return flags;
}

function defenderFlags({ manifest, protocols, diverged, published }: Evidence): string[] {
  const flags = diverged.map(({ label, reason }) => `diverged: ${label} (${reason})`);
  const { trainLimit, scaling } = manifest.game;
  const whole = trainLimit === 0 && scaling === 'standardised' && manifest.defence === 'none';
  for (const { name, clean, drop, gradientNorm } of protocols) {
    if (manifest.defence !== 'none' && drop.mean !== null && drop.mean >= defendedDrop)
      flags.push(`not defended: under ${manifest.defence} the drop of ${name} is still ${drop.mean.toFixed(2)} points`);
    if (whole && name === 'p-gc' && published !== undefined && clean.mean !== null && clean.mean < published.clean - 1)
      flags.push(
        `clean accuracy of ${name} is ${clean.mean.toFixed(2)}, more than a point below the reported ${published.clean}`,
      );
    if (name === 'converged' && gradientNorm.max !== null && gradientNorm.max > convergedNorm)
      flags.push(
        `the converged defender did not converge: its gradient norm ended at up to ${figure(gradientNorm.max)}`,
      );
  }
  return flags;
}

function figure(value: number): string {
  return Number(value.toPrecision(4)).toString();
}
