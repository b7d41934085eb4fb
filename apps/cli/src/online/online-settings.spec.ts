import { onlineChain, readOnlineSettings } from './online-settings';
import type { OnlineFlags } from './online-settings';

const flags: OnlineFlags = {
  dataset: 'mnist',
  model: 'lr',
  attack: 'greedy',
  option: [],
  share: '0.2',
  defence: [],
  constraint: 'box',
  ticks: '40',
  perTick: '100',
  users: '50',
  accounts: '2',
  learningRate: '0.05',
  lag: '0',
  pretrain: '2000',
  trusted: '500',
  validation: '500',
  protocol: 'p-gc',
  scoreEvery: '1',
  collapseAt: '0.5',
  seeds: '2',
  seed: '7',
  trainLimit: '0',
  scaling: 'standardised',
};
const read = (changes: Partial<OnlineFlags>) => readOnlineSettings({ ...flags, ...changes }, ['mnist', 'spambase']);

describe('readOnlineSettings', () => {
  it('fills in what attack and defences leave open', () => {
    const settings = read({
      attack: 'gradient-control',
      option: ['scale=3'],
      defence: ['gate, rate-limit:posts=5', 'none'],
    });
    expect(settings).toMatchObject({
      attack: { id: 'gradient-control', options: { scale: 3, steps: 4, step: 0.25 } },
      share: 0.2,
      validation: 500,
      online: { ticks: 40, perTick: 100, defences: ['gate:tolerance=0.02:reference=best,rate-limit:posts=5'] },
    });
    expect(settings.game).toMatchObject({ seeds: [8, 9], attack: null, constraint: { kind: 'box' } });
    expect(onlineChain(settings.online.defences[0] ?? '').map(({ defence }) => defence.id)).toEqual([
      'gate',
      'rate-limit',
    ]);
  });

  it('takes a percentage for a share, and no attacker at all', () => {
    expect(read({ share: '20%' }).share).toBe(0.2);
    expect(read({ share: '0' }).share).toBe(0);
    expect(read({ share: '1' }).share).toBe(1);
  });

  it.each<[Partial<OnlineFlags>, RegExp]>([
    [{ share: '1.5' }, /--share is "1.5"; allowed: a share of the arrivals from 0 to 1/],
    [{ share: '-0.1' }, /--share is "-0.1"/],
    [{ share: '' }, /--share is ""/],
    [{ share: '0.001' }, /--share is "0.001"; allowed: 0, or at least 0.01/],
    [{ attack: 'tay' }, /--attack is "tay"; allowed: greedy, gradient-control, accumulative/],
    [{ option: ['sale=3'] }, /option of greedy is "sale"; allowed: steps, step/],
    [{ option: ['step=0'] }, /greedy.step is "0"/],
    [{ attack: 'accumulative', option: ['trigger=41'] }, /accumulative.trigger is 41; allowed: a tick from 1 to 40/],
    [{ defence: ['l2'] }, /defence is "l2"; allowed: none, rate-limit, influence-cap, delayed-ingestion, gate/],
    [{ defence: ['rate-limit', 'rate-limit:posts=0'] }, /defence.rate-limit.posts is "0"/],
    [{ defence: ['gate,gate'] }, /gate twice/],
    [{ dataset: 'mist' }, /--dataset is "mist"/],
    [{ constraint: 'sphere' }, /--?constraint is "sphere"|--radius/],
    [{ ticks: '0' }, /--ticks is "0"/],
    [{ learningRate: '0' }, /--learning-rate is "0"; allowed: a number above 0/],
    [{ collapseAt: '2' }, /--collapse-at is "2"/],
    [{ protocol: 'p-gc,adam' }, /--protocol is "p-gc,adam"; allowed: one protocol/],
  ])('refuses %p and says what is allowed', (changes, message) => {
    expect(() => read(changes)).toThrow(message);
  });
});
