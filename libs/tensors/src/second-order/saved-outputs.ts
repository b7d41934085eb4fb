/**
 * tfjs-core 4.22 clones an output that a gradient saves *before* it puts the op itself on the tape. The tape is walked in
 * order, so the clone is cut off from the op's inputs and every gradient that uses its own output (exp, tanh, sigmoid,
 * softmax, max, ...) loses its second derivative: an error at best, a silently wrong Hessian where other paths remain.
 * The mend: such clones go after the op.
 */
import type { Engine, TapeNode } from './tape';

export function mendSavedOutputs(engine: Engine): void {
  const addTapeNode = engine.addTapeNode;
  engine.addTapeNode = function (this: Engine, name, inputs, outputs, gradient, saved, attributes) {
    addTapeNode.call(this, name, inputs, outputs, gradient, saved, attributes);
    const tape = this.state.activeTape;
    const own = tape.pop();
    if (!own) return;
    const late: TapeNode[] = [];
    // The clones just made for `saved` are the tail of the tape.
    for (let i = tape.length - 1; i >= 0; i--) {
      const clone = tape[i] as TapeNode;
      if (!saved.some(({ id }) => id === clone.outputs[0]?.id)) break;
      if (outputs.some(({ id }) => id === clone.inputs.x?.id)) late.unshift(...tape.splice(i, 1));
    }
    tape.push(own, ...late);
  };
}
