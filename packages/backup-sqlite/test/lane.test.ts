import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Call } from "../src/calls.ts";
import { Lane, type Settle } from "../src/lane.ts";

describe("a lane", () => {
  it("a lane that does not gather sends its first call before run returns, and those that come meanwhile together", async () => {
    const { lane, sent } = laneThatCounts(false);
    const calls = [lane.run(aRead, undefined), lane.run(aRead, undefined), lane.run(aRead, undefined)];
    expect(sent).toEqual([1]);
    await Promise.all(calls);
    expect(sent).toEqual([1, 2]);
  });

  it("a lane that gathers sends all calls of a turn together", async () => {
    const { lane, sent } = laneThatCounts(true);
    const calls = [lane.run(aRead, undefined), lane.run(aRead, undefined), lane.run(aRead, undefined)];
    expect(sent).toEqual([]);
    await Promise.all(calls);
    expect(sent).toEqual([3]);
  });

  it("each call has the outcome of its place: a value, nothing, or an error", async () => {
    const error = new Error("the second failed");
    const { lane } = laneThatAnswers((settle) => settle([7, { error }, undefined]));
    const calls = await Promise.allSettled([lane.run(aRead, undefined), lane.run(aRead, undefined), lane.run(aRead, undefined)]);
    expect(calls).toEqual([{ status: "fulfilled", value: 7 }, { status: "rejected", reason: error }, { status: "fulfilled", value: undefined }]);
  });

  it("a call without an outcome rejects, and so do all calls of a batch that failed as a whole", async () => {
    const few = laneThatAnswers((settle) => settle([7])).lane;
    const [first, second] = [few.run(aRead, undefined), few.run(aRead, undefined)];
    expect(await first).toBe(7);
    await expect(second).rejects.toThrow("fewer outcomes than there were calls");

    const dead = laneThatAnswers((settle) => settle([], new Error("the thread died"))).lane;
    for (const call of [dead.run(aRead, undefined), dead.run(aRead, undefined)]) await expect(call).rejects.toThrow("the thread died");
  });

  it("a batch that cannot be sent rejects its calls, however many such batches there are, and the next is sent", async () => {
    let fails = true;
    const send = (_: readonly Call[], settle: Settle): void => {
      if (fails) throw new Error("no thread can be started");
      queueMicrotask(() => settle([7]));
    };
    const lane = new Lane(send, true);
    const large: Call = ["write", "id", new Uint8Array(4 * 1024 * 1024 + 1), 1, 1]; // a batch of its own
    const calls = Array.from({ length: 20_000 }, () => lane.run(large, undefined));
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.every((outcome) => outcome.status === "rejected" && String(outcome.reason).includes("no thread can be started"))).toBe(true);
    fails = false;
    expect(await lane.run(aRead, undefined)).toBe(7);
  });

  it("a signal takes back a call that waits, and none that is under way", async () => {
    const { lane, sent } = laneThatCounts(false);
    const controller = new AbortController();
    const underWay = lane.run(aRead, controller.signal);
    const waiting = lane.run(aRead, controller.signal);
    controller.abort(new Error("no longer wanted"));
    await expect(waiting).rejects.toThrow("no longer wanted");
    await expect(lane.run(aRead, controller.signal)).rejects.toThrow("no longer wanted");
    await lane.idle();
    expect(sent).toEqual([1]);
    await expect(underWay).rejects.toThrow("no longer wanted");
  });

  it("a lane is idle once its last call has settled, at once if there is none", async () => {
    const answers: Settle[] = [];
    const lane = new Lane((_, settle) => void answers.push(settle), true);
    await lane.idle();
    const calls = [lane.run(aRead, undefined), turn().then(() => lane.run(aRead, undefined))];
    let idle = 0;
    for (let waits = 0; waits < 2; waits++) void lane.idle().then(() => idle++);
    for (const expected of [0, 2]) {
      await turn();
      await turn();
      answers.shift()?.([7]);
      await turn();
      expect(idle).toBe(expected);
    }
    expect(await Promise.all(calls)).toEqual([7, 7]);
  });
});

const aRead: Call = ["read", "id", 1];

function laneThatCounts(gathers: boolean): { readonly lane: Lane; readonly sent: readonly number[] } {
  const sent: number[] = [];
  const send = (calls: readonly Call[], settle: Settle): void => {
    sent.push(calls.length);
    queueMicrotask(() => settle(calls.map(() => undefined)));
  };
  return { lane: new Lane(send, gathers), sent };
}

function laneThatAnswers(answer: (settle: Settle) => void): { readonly lane: Lane } {
  return { lane: new Lane((_, settle) => queueMicrotask(() => answer(settle)), true) };
}
