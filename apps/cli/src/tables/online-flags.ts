/** An online cell's settings as the options of `theriac online`; what it leaves open has the usual value. */
import { onlineDefaults } from '../online/online-defaults';
import type { OnlineFlags } from '../online/online-settings';
import type { CellSettings, OnlineCell } from './cell-file';

export function onlineFlags(settings: OnlineCell & CellSettings): OnlineFlags {
  const { kind: _, options, radius, defence, 'fixed-labels': fixedLabels, ...plain } = settings;
  const given = Object.entries(plain).map(([key, value]) => [camelCase(key), String(value)]);
  return {
    ...onlineDefaults,
    ...(Object.fromEntries(given) as Partial<typeof onlineDefaults>),
    option: [...(options ?? [])].map(([name, value]) => `${name}=${String(value)}`),
    defence: defence === undefined ? [] : [defence],
    ...(radius === undefined ? {} : { radius: String(radius) }),
    ...(fixedLabels === undefined ? {} : { fixedLabels }),
  };
}

const camelCase = (key: string): string => key.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
