import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { InTurn } from "../src/in-turn.ts";

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Work that is told apart by its number, and ends when it is told to. */
function heldWork(begun: number[]) {
  const ends: (() => void)[] = [];
  const work = (number: number) => (): Promise<number> => {
    begun.push(number);
    return new Promise((resolve) => void (ends[number] = () => resolve(number)));
  };
  return { work, end: (number: number) => ends[number]?.() };
}

describe("work in turn", () => {
  it("so much runs at once, and each that ends lets in the one that came first", async () => {
    const inTurn = new InTurn(2);
    const begun: number[] = [];
    const { work, end } = heldWork(begun);
    const all = [0, 1, 2, 3, 4].map((number) => inTurn.run(work(number)));
    await turn();
    expect(begun).toEqual([0, 1]);
    end(1);
    await turn();
    expect(begun).toEqual([0, 1, 2]);
    end(0);
    end(2);
    await turn();
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    end(3);
    end(4);
    expect(await Promise.all(all)).toEqual([0, 1, 2, 3, 4]);
  });

  it("places are free again after a pause, all of them and no more", async () => {
    const inTurn = new InTurn(2);
    const ended = async (): Promise<void> => {};
    await Promise.all([1, 2, 3, 4, 5].map(() => inTurn.run(ended)));
    const begun: number[] = [];
    const { work, end } = heldWork(begun);
    for (const number of [0, 1, 2]) void inTurn.run(work(number));
    await turn();
    expect(begun).toEqual([0, 1]);
    end(0);
    await turn();
    expect(begun).toEqual([0, 1, 2]);
  });

  it("work that fails fails its caller alone, and leaves its place to the next", async () => {
    const inTurn = new InTurn(1);
    const failing = inTurn.run(() => Promise.reject(new Error("no")));
    const next = inTurn.run(async () => "yes");
    await expect(failing).rejects.toThrow("no");
    expect(await next).toBe("yes");
  });

  it("work that waited runs in the async context of its caller, so that a trace of its requests is the caller's", async () => {
    const inTurn = new InTurn(1);
    const caller = new AsyncLocalStorage<string>();
    const seen = ["one", "two", "three"].map((name) => caller.run(name, () => inTurn.run(async () => (await turn(), caller.getStore()))));
    expect(await Promise.all(seen)).toEqual(["one", "two", "three"]);
  });
});
