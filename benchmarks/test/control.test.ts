import { expect, it } from "vitest";
import { Control } from "../src/control.mjs";

function controlOf(again: readonly number[]): Control {
  const control = new Control();
  control.add(again.map(() => 100), again);
  return control;
}

it("a machine is quiet if one contender that is measured twice differs from itself by a tenth at most", () => {
  expect(controlOf([95, 110, 102]).isQuiet).toBe(true);
  expect(controlOf([109, 109, 109]).isQuiet).toBe(true);
  expect(controlOf([111, 140, 112]).isQuiet).toBe(false);
  expect(controlOf([70, 80, 75]).isQuiet).toBe(false);
});

it("one slow minute of a long run makes no machine noisy", () => {
  const control = controlOf([160, 150, 170]);
  control.add(Array(12).fill(100), Array(12).fill(103));
  expect(control.isQuiet).toBe(true);
});

it("the verdict of the control says by how much, in all rounds and in single ones", () => {
  expect(controlOf([95, 120, 130]).verdict).toContain("differed from itself by 20.0 % (single rounds: 0.95 to 1.30 times)");
});
