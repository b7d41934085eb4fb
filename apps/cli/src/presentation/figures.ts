/** Figures in words: fixed decimals, a dash for what is missing. */
import type { Spread } from '@theriac/game';

/** "91.26", or a dash. */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : value.toFixed(2);
}

/** "91.26 +- 0.12", without a deviation where there is none; "diverged" where no run ended. */
export function spreadText({ mean, sd, values }: Spread): string {
  if (mean === null) return values.length === 0 ? '-' : 'diverged';
  return sd === null ? mean.toFixed(2) : `${mean.toFixed(2)} ±${sd.toFixed(2)}`;
}

/** Four figures, without the noise of an exponent where there need be none. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return '-';
  const short = Number(value.toPrecision(4));
  return Math.abs(short) >= 1e-4 || short === 0 ? String(short) : value.toExponential(2);
}

/** "12.3 s", "2 min 05 s". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}
