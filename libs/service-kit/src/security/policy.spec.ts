import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePolicy, readPolicy, type Server } from './policy';

const parse = (text: string, server: Server = 'trainer') => parsePolicy(server, text, 'my.yaml');
const score = '/theriac.v1.EvaluatorService/Score';

it('allows what is named, and nothing else', () => {
  const policy = parse('trainer:\n  theriac.v1.TrainerService/Train: [driver, observer]\n');
  expect(policy.rolesOf('/theriac.v1.TrainerService/Train')).toEqual(['driver', 'observer']);
  expect(policy.allows('observer', '/theriac.v1.TrainerService/Train')).toBe(true);
  expect(policy.allows('attacker', '/theriac.v1.TrainerService/Train')).toBe(false);
  expect(policy.allows('driver', '/theriac.v1.TrainerService/Gradient')).toBe(false);
  expect(policy.allows('driver', '/theriac.v1.TrainerService/train')).toBe(false);
  expect(parse('evaluator: {}').rolesOf('/theriac.v1.TrainerService/Train')).toEqual([]);
});

it('is read from a file, else the standard one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'theriac-policy-'));
  const file = join(folder, 'policy.yaml');
  writeFileSync(file, 'evaluator:\n  theriac.v1.EvaluatorService/Score: [observer]\n');
  expect(readPolicy('evaluator', file).rolesOf(score)).toEqual(['observer']);
  rmSync(folder, { recursive: true });
  expect(() => readPolicy('evaluator', file)).toThrow(/policy\.yaml cannot be read.*ENOENT.*--policy/);
  expect(readPolicy('evaluator').rolesOf(score)).toEqual(['driver']);
});

it.each([
  'evaluator:\n  theriac.v1.EvaluatorService/Score: [driver, attacker]',
  'evaluator:\n  theriac.v1.BlobsService/Get: [attacker]',
  'evaluator:\n  theriac.v1.BlobsService/Put: [attacker]',
  'evaluator:\n  theriac.v1.BlobsService/Find: &all [attacker, driver]\ntrainer:\n  theriac.v1.BlobsService/Find: *all',
])('never lets an attacker at the test scores: %j', (text) => {
  expect(() => parse(text)).toThrow(/evaluator: theriac\.v1\.\w+\/\w+ is "attacker".*must not learn test scores/);
});

it.each<[string, RegExp]>([
  ['', /my\.yaml is null|my\.yaml is missing/],
  ['- driver', /my\.yaml is/],
  ['trainers: {}', /my\.yaml: service is "trainers"; allowed: trainer, attacker, evaluator/],
  ['trainer: [driver]', /my\.yaml: trainer is/],
  ['trainer:\n  theriac.v1.TrainerService/*: [driver]', /allowed: package\.Service\/Method/],
  ['trainer:\n  theriac.v1.TrainerService/Trian: [driver]', /Trian is .*allowed: theriac.*Train.*no such method/],
  ['attacker:\n  theriac.v1.TrainerService/Train: [driver]', /The attacker has no such method/],
  ['trainer:\n  theriac.v1.TrainerService/Train: driver', /a list of driver, attacker/],
  ['trainer:\n  theriac.v1.TrainerService/Train: [admin]', /Train is "admin"; allowed: driver/],
  ['trainer:\n  a.B/C: [driver]\n  a.B/C: [observer]', /my\.yaml is .*unique/],
  ['trainer: {', /my\.yaml is/],
])('refuses %j', (text, message) => {
  expect(() => parse(text)).toThrow(message);
});
