import { describe, expect, it } from "vitest";
import { KeyedQueue } from "../src/base/keyed-queue.ts";
import { gate, isSettled, turn } from "./support/gate.ts";
import { rejectionOf } from "./support/setting.ts";

describe("KeyedQueue", () => {
  it("a KeyedQueue does the work of one key in the order of the calls", async () => {
    const queue = new KeyedQueue();
    const order: number[] = [];
    const first = gate();
    const done = [queue.run("key", async () => (await first.promise, order.push(1))), queue.run("key", () => order.push(2)), queue.run("key", async () => order.push(3))];
    await turn();
    expect(order).toEqual([]);
    first.open();
    await Promise.all(done);
    expect(order).toEqual([1, 2, 3]);
  });

  it("a KeyedQueue goes on after work that failed, and only that work's caller learns of it", async () => {
    const queue = new KeyedQueue();
    const failed = rejectionOf(Promise.resolve(queue.run("key", () => Promise.reject(new Error("no")))));
    expect(await queue.run("key", async () => "next")).toBe("next");
    expect(await failed).toMatchObject({ message: "no" });
  });

  it("a KeyedQueue answers at once if nothing runs and the work answers at once", () => {
    expect(new KeyedQueue().run("key", () => "value")).toBe("value");
  });

  it("keys of a KeyedQueue do not wait for each other", async () => {
    const queue = new KeyedQueue();
    const held = gate();
    const slow = queue.run("slow", () => held.promise);
    expect(queue.run("quick", () => "value")).toBe("value");
    held.open();
    await slow;
  });

  it("a KeyedQueue is settled once the work is done that there was, whatever is added meanwhile", async () => {
    const queue = new KeyedQueue();
    const [first, second, third] = [gate(), gate(), gate()];
    void queue.run("key", () => first.promise);
    void queue.run("other", () => second.promise);
    const settled = queue.settled();
    void queue.run("key", () => third.promise);
    first.open();
    expect(await isSettled(settled)).toBe(false);
    second.open();
    await settled;
    third.open();
    await queue.settled();
    expect([...queue.keys()]).toEqual([]);
  });
});
