import { describe, expect, it } from "vitest";
import type { Call, Outcome } from "../src/calls.ts";
import { Lane } from "../src/lane.ts";

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
});

const aRead: Call = { name: "read", input: { id: "id", before: 1 } };

function laneThatCounts(gathers: boolean): { readonly lane: Lane; readonly sent: readonly number[] } {
  const sent: number[] = [];
  const send = async (calls: readonly Call[]): Promise<readonly Outcome[]> => {
    sent.push(calls.length);
    return calls.map(() => ({ value: undefined }));
  };
  return { lane: new Lane(send, gathers), sent };
}
