/** A sweep tells how many of its games were played, have failed and are missing, where telemetry is on. */
import { setGauge, startTelemetry } from '@theriac/service-kit';

export interface ToldSweep {
  ended(outcome: 'finished' | 'failed'): void;
  stop(): Promise<void>;
}

/** Tells of a sweep with so many games to play. The caller stops it. */
export function tellOfSweep(missing: number): ToldSweep {
  const games = { finished: 0, failed: 0, missing };
  const tell = (): void => {
    for (const [outcome, amount] of Object.entries(games))
      setGauge('sweepGames', amount, { 'theriac.outcome': outcome });
  };
  const { stop } = startTelemetry('theriac-cli');
  tell();
  return {
    ended(outcome) {
      games[outcome] += 1;
      games.missing -= 1;
      tell();
    },
    stop,
  };
}
