const { bestThreshold, searchShiftEquilibrium, shiftEquilibrium, thresholdError } = require('@theriac/game');

// Clean mail at 0, spam at 4, both with deviation 1; half of the mail is spam; moving by a costs the spammer a^2 / 8.
const game = { distance: 4, sd: 1, cost: 1 / 8, adverseShare: 0.5 };

const before = bestThreshold(game, 0);
console.log(`before the game: threshold ${before.toFixed(3)}, error ${thresholdError(game, 0, before).toFixed(4)}`);

const solved = shiftEquilibrium(game);
console.log(`the spammer moves by a* = ${solved.shift.toFixed(3)}`);
console.log(`a filter that stays: error ${thresholdError(game, solved.shift, before).toFixed(4)}`);
console.log(`a filter that answers: threshold ${solved.threshold.toFixed(3)}, error ${solved.error.toFixed(4)}`);

const found = searchShiftEquilibrium(game);
const apart = Math.max(Math.abs(found.shift - solved.shift), Math.abs(found.threshold - solved.threshold));
console.log(`a search finds the same moves: ${apart < 1e-6}`);
