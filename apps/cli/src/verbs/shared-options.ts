/** Options that several verbs take. */
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Addresses } from '../embedded/table';

export interface ServiceFlags {
  readonly trainer?: string;
  readonly attacker?: string;
  readonly evaluator?: string;
  readonly allowPlaintext?: boolean;
  readonly tls?: string;
}

/** Addresses of running services; those not given are started as child processes. */
export function withServices(command: Command): Command {
  return command
    .option('--trainer <address>', 'a running trainer, unix:/path or host:port; several: a,b (default: start one)')
    .option('--attacker <address>', 'a running attacker, likewise (default: start one)')
    .option('--evaluator <address>', 'a running evaluator, likewise (default: start one)')
    .addOption(
      new Option('--tls <folder>', 'tls.crt, tls.key and ca.crt: mutual TLS to host:port addresses').env('THERIAC_TLS'),
    )
    .option('--allow-plaintext', 'reach services on other machines without encryption');
}

/** The addresses that were given. */
export function addressesOf({ trainer, attacker, evaluator }: ServiceFlags): Addresses {
  return {
    ...(trainer === undefined ? {} : { trainer }),
    ...(attacker === undefined ? {} : { attacker }),
    ...(evaluator === undefined ? {} : { evaluator }),
  };
}

/** A repeatable option's values in order. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** How the user follows what happens. */
export interface ViewFlags {
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export function withView(command: Command): Command {
  return command
    .option('--json', 'print one JSON document on standard output and nothing else')
    .option('--quiet', 'no progress');
}
