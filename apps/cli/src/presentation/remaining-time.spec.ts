import { remainingSeconds } from './remaining-time';

it('is what is left of the present task and the mean of those that are done for each one ahead', () => {
  expect(remainingSeconds({ finished: [10, 20], present: { seconds: 5, fraction: 0.5 }, ahead: 3 })).toBeCloseTo(
    5 + 45,
  );
});

it('does not count tasks that were only read', () => {
  expect(remainingSeconds({ finished: [0.001, 10], present: { seconds: 2, fraction: 0.2 }, ahead: 1 })).toBeCloseTo(18);
});

it('says nothing while there is nothing to judge by', () => {
  expect(remainingSeconds({ finished: [], present: { seconds: 1, fraction: 0 }, ahead: 5 })).toBeUndefined();
});

it('never says less than nothing', () => {
  expect(remainingSeconds({ finished: [1], present: { seconds: 9, fraction: 0 }, ahead: 0 })).toBe(0);
});
