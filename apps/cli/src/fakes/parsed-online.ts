/** The flags of `theriac online` as commander reads them, without playing anything. */
import { Command } from 'commander';
import type { OnlineFlags } from '../online/online-settings';
import { addOnline } from '../verbs/online';

/** Flags of these words, defaults filled in. */
export function onlineFlags(words: readonly string[]): OnlineFlags {
  const root = new Command();
  addOnline(root);
  const verb = root.commands[0];
  if (verb === undefined) throw new Error('there is no verb');
  verb.parseOptions([...words]);
  return verb.opts<OnlineFlags & Record<string, unknown>>();
}
