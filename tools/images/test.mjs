// @ts-check
/**
 * Plays a game over the images: the pods of the three services as deploy/kubernetes/overlays/local renders them, and one of the driver,
 * over mutual TLS, on a network of their own. Each is killed in the midst of it. Throws where a pod is not fenced in, or where the game
 * does not end in the bytes of the same game played within the driver's image alone.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import { PROGRAMS } from './assemble.mjs';
import { imageOf } from './build.mjs';
import { run, say, secondsSince } from './command.mjs';
import { differences, eventsOf, resultsOf, runIn } from './played.mjs';
import { checkFence, containerNamed, isHealthy, kill, play, podman, stateOf, until } from './pods.mjs';
import { driverPod, nameHere, PREFIX, RUNS, servicePods } from './podman-documents.mjs';

const OVERLAY = 'deploy/kubernetes/overlays/local';
const ROLES = ['trainer', 'attacker', 'evaluator'];
const PORTS = { trainer: 50051, attacker: 50052, evaluator: 50053 };
const NETWORK = `${PREFIX}network`;
const GAME = [
  ...['play', '--dataset', 'synthetic-digits', '--train-limit', '2000', '--model', 'lr', '--quiet'],
  ...['--attack', 'gradient-canceling', '--target', 'reversed', '--option', 'iterations=1500'],
  ...['--protocol', 'stable-sgd', '--seeds', '2'],
];
const SERVICES = [
  '--tls',
  '/tls',
  ...Object.entries(PORTS).flatMap(([role, port]) => [`--${role}`, `theriac-${role}:${port}`]),
];
/** Slices so short that a checkpoint is always near; the engine's threads are those of the overlay. */
const ENVIRONMENT = { THERIAC_THREADS: '1', THERIAC_SLICE_SECONDS: '0.5' };
const GAME_SECONDS = 900;
/** The exit code of a driver that was asked for nonsense: it would be started again for ever. */
const REFUSED = 2;
const GAMES = ['alone', 'services', 'killed'];

/** Who is killed when, told by the events of the run. */
const KILLS = [
  { victim: 'evaluator', when: 'trained' },
  { victim: 'trainer', when: 'scored' },
  { victim: 'attacker', when: 'running' },
  { victim: 'driver', when: 'recovered' },
];

export async function test() {
  for (const target of Object.keys(PROGRAMS)) {
    if (run('podman', ['images', '--quiet', imageOf(target)]).trim() === '')
      throw new Error(`there is no image ${imageOf(target)}. Run npm run images -- build first.`);
    checkContents(imageOf(target));
  }
  say('no image holds a compiler, a package manager, or the settings of one');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'theriac-images-test-'));
  removeAll();
  try {
    await playAndKill(folder);
  } finally {
    removeAll();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} folder */
async function playAndKill(folder) {
  const rendered = parseAllDocuments(run('kubectl', ['kustomize', OVERLAY])).map((document) => document.toJS());
  const certificates = makeCertificates(folder);
  podman('network', 'create', '--internal', NETWORK);
  const prefix = JSON.parse(podman('network', 'inspect', NETWORK))[0].subnets[0].subnet.replace(/\d+\/\d+$/, '');
  const addresses = Object.fromEntries(ROLES.map((role, at) => [role, `${prefix}${10 + at}`]));

  const start = Date.now();
  play(servicePods(rendered, addresses, certificates), NETWORK, Object.values(addresses));
  for (const role of ROLES) await until(`health of the ${role}`, () => isHealthy(containerOf(role)), 300);
  for (const role of ROLES) checkFence(containerOf(role));
  say(
    `three services as uid 65532, without capabilities, on roots that cannot be written: healthy after ${secondsSince(start)}`,
  );

  /** @param {string} name of the game @param {readonly string[]} options @param {number} at */
  const begin = (name, options, at) => {
    const args = [...GAME, ...options, '--runs-dir', `/runs/${name}`];
    const driver = { name: driverOf(name), image: imageOf('driver'), args, env: ENVIRONMENT };
    play(driverPod(rendered, driver, addresses, certificates), NETWORK, [`${prefix}${20 + at}`]);
    return game(name);
  };
  const alone = await begin('alone', [], 0).over();
  const services = await begin('services', SERVICES, 1).over();
  compare('over mutual TLS', alone, services);

  const killed = begin('killed', SERVICES, 2);
  for (const { victim, when } of KILLS) {
    const container = victim === 'driver' ? killed.container : containerOf(victim);
    await killed.nextEvent(when);
    await kill(container);
    checkFence(container);
    say(`the ${victim} was killed in the midst of the game ("${when}"), and runs again`);
  }
  compare('with every container killed', alone, await killed.over());
}

/** @param {string} role */
const containerOf = (role) => containerNamed(`^${nameHere(`theriac-${role}`)}-pod.*-service$`);

/** @param {string} name of a game */
const driverOf = (name) => `${PREFIX}driver-${name}`;

/**
 * A game that was begun, by its name.
 *
 * @param {string} name
 */
function game(name) {
  const start = Date.now();
  const container = `${driverOf(name)}-driver`;
  const runs = path.join(podman('volume', 'inspect', RUNS, '--format', '{{.Mountpoint}}'), name);
  const events = () => eventsOf(runIn(runs));
  let passed = 0;
  return {
    container,
    /** Waits until the run tells of an event of this kind that is new. @param {string} kind */
    async nextEvent(kind) {
      await until(
        `event "${kind}" of the game ${name}`,
        () => {
          if (stateOf(container).ended) throw new Error(`the game ${name} was over before its event "${kind}"`);
          return events().some(({ event }, at) => at >= passed && event === kind);
        },
        300,
      );
      passed = events().length;
    },
    /** Its results, once it is over. */
    async over() {
      await until(
        `end of the game ${name}`,
        () => {
          const { ended, exitCode } = stateOf(container);
          if (ended && exitCode === REFUSED) throw new Error(podman('logs', '--tail=20', container));
          return ended && exitCode === 0;
        },
        GAME_SECONDS,
      );
      say(`the game "${name}" took ${secondsSince(start)}`);
      return resultsOf(runIn(runs));
    },
  };
}

/**
 * @param {string} what
 * @param {Map<string, string>} expected
 * @param {Map<string, string>} found
 */
function compare(what, expected, found) {
  const different = differences(expected, found);
  if (different.length > 0) throw new Error(`${what}, the game ends in other bytes: ${different.join(', ')}`);
  say(`${what}, the game ends in the same bytes: ${expected.size} results`);
}

const TOOLS = [
  'cc',
  'gcc',
  'g++',
  'c++',
  'ld',
  'make',
  'npm',
  'npx',
  'yarn',
  'pip',
  'pip3',
  'python3',
  'git',
  'curl',
  'wget',
];

/** Throws where an image holds a tool that builds or fetches, or the settings of one. @param {string} image */
function checkContents(image) {
  const script = `for tool in ${TOOLS.join(' ')}; do command -v $tool; done
    find / -xdev '(' -name .npmrc -o -name npmrc -o -name pip.conf -o -path /run/secrets/ca ')'; true`;
  const fence = ['--read-only', '--cap-drop=all', '--network=none', '--entrypoint=/bin/sh'];
  const found = run('podman', ['run', '--rm', ...fence, image, '-c', script]).trim();
  if (found !== '') throw new Error(`${image} holds what it should not: ${found.split('\n').join(', ')}`);
}

/** Made by the driver's image. @param {string} folder */
function makeCertificates(folder) {
  fs.chownSync(folder, 65532, 65532);
  const hosts = ROLES.flatMap((role) => ['--host', `theriac-${role}`]);
  const fence = ['--read-only', '--cap-drop=all', '--network=none', `--volume=${folder}:/made`];
  podman('run', '--rm', ...fence, imageOf('driver'), 'certificates', '--out', '/made/certificates', ...hosts);
  return path.join(folder, 'certificates');
}

/** All that a test makes, whichever test it was. */
function removeAll() {
  /** @param {string[]} kind */
  const ours = (...kind) =>
    podman(...kind, '--format={{.Name}}')
      .split('\n')
      .filter((name) => name.startsWith(PREFIX));
  for (const pod of ours('pod', 'ps')) podman('pod', 'rm', '--force', '--time=0', pod);
  for (const volume of ours('volume', 'ls')) podman('volume', 'rm', volume);
  for (const network of ours('network', 'ls')) podman('network', 'rm', network);
}
