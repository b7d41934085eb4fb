import { readPolicy } from '@theriac/service-kit';
import { authorisation } from './authorisation';
import { identities } from './callers';
import { methodsOf } from './methods';

it('finds every cell as the standard policy says', async () => {
  const printed = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    const held = await authorisation.run(['--policies', '0', '--seed', '5']);
    if (!held) throw new Error(printed.mock.calls.map(([part]) => String(part)).join(''));
  } finally {
    printed.mockRestore();
  }
}, 240_000);

describe('the standard policy', () => {
  it('lets somebody call every method', () => {
    for (const role of ['trainer', 'attacker', 'evaluator'] as const)
      for (const method of methodsOf(role))
        expect([method, readPolicy(role).rolesOf(method).length]).not.toEqual([method, 0]);
  });

  it('shows test scores to the driver alone, and the blobs beside them', () => {
    const policy = readPolicy('evaluator');
    const secret = methodsOf('evaluator').filter((method) => /Score$|Blobs/.test(method));
    expect(secret).toHaveLength(4);
    for (const method of secret)
      expect(identities.filter((identity) => policy.allows(identity, method))).toEqual(['driver']);
  });
});
