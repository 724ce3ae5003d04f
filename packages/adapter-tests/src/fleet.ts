import assert from "node:assert/strict";
import type { ByteCacheAdapter, CacheAdapter, Listening } from "@lastgood/core/adapter";
import { allBytes, assertSameBytes, numberOf, patterned } from "./bytes.ts";
import type { storeTests } from "./suite.ts";

type It = ReturnType<typeof storeTests<CacheAdapter>>;
type Announcing = ByteCacheAdapter & Required<Pick<ByteCacheAdapter, "announce" | "listen">>;

const MINUTE = 60_000;

export function announcementTests(it: It): void {
  it("announce, if a store has it, is heard by all who listen, the announcer included, in one order and whole", async (open) => {
    const [one, other] = [await open(), await open()];
    if (!announces(one) || !announces(other)) return;
    const heard = [new Heard(one), new Heard(other)];
    for (const ears of heard) await ears.confirm();
    for (let number = 0; number < 50; number++) await one.announce(patterned(number, 20 + number));
    await one.announce(allBytes());
    for (const ears of heard) {
      await ears.confirm();
      const last = ears.messages.pop();
      assertSameBytes(last, allBytes(), "an announcement");
      assert.deepEqual(ears.messages.map(numberOf), Array.from({ length: 50 }, (_, number) => number), "the announcements, in order");
      await ears.stop();
    }
  });

  it("listen, if a store has it, tells of a gap when it begins, and confirm resolves once all is heard that was announced before it", async (open) => {
    const [one, other] = [await open(), await open()];
    if (!announces(one) || !announces(other)) return;
    const ears = new Heard(other);
    await ears.confirm();
    assert.ok(ears.gaps > 0, "listen told of no gap, and messages from before it were missed");
    for (let round = 0; round < 20; round++) {
      await one.announce(patterned(round, 30));
      await ears.confirm();
      assert.equal(ears.messages.length, round + 1, "confirm resolved before the announcement was heard");
    }
    await ears.stop();
  });

  it("after stop, nothing is heard, and a second stop does nothing", async (open) => {
    const cache = await open();
    if (!announces(cache)) return;
    const [stopped, listening] = [new Heard(cache), new Heard(cache)];
    await stopped.confirm();
    await listening.confirm();
    await stopped.stop();
    await stopped.stop();
    await cache.announce(patterned(1, 20));
    await listening.confirm();
    assert.equal(listening.messages.length, 1, "another listener of the same adapter hears on");
    assert.equal(stopped.messages.length, 0, "heard after stop");
    await listening.stop();
  });
}

export function leaseTests(it: It): void {
  it("lease, if a store has it, is one process's at a time, and no other id's", async (open) => {
    const [one, other] = [await open(), await open()];
    if (!leases(one) || !leases(other)) return;
    const release = await one.lease("id", MINUTE);
    assert.ok(release, "a lease that nobody has was refused");
    assert.equal(await other.lease("id", MINUTE), undefined, "a lease was given twice");
    assert.equal(await one.lease("id", MINUTE), undefined, "a lease was given twice to the same adapter");
    const apart = await other.lease("id-2", MINUTE);
    assert.ok(apart, "the lease of one id kept another id's");
    await apart();
    await release();
    const again = await other.lease("id", MINUTE);
    assert.ok(again, "a lease that was given back was refused");
    await release();
    assert.equal(await one.lease("id", MINUTE), undefined, "a release gave back somebody else's lease");
    await again();
  });

  it("lease, if a store has it, is given to one of many who ask at once", async (open) => {
    const [one, other] = [await open(), await open()];
    if (!leases(one) || !leases(other)) return;
    const asked = await Promise.all(Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? one : other).lease("id", MINUTE)));
    const given = asked.filter((release) => release !== undefined);
    assert.equal(given.length, 1, "how many have the lease");
    await given[0]?.();
  });

  it("a lease and the value of the same id know nothing of each other, and a lease runs out", async (open) => {
    const cache = await open();
    if (!leases(cache)) return;
    await cache.set("id", patterned(1, 20), MINUTE);
    const release = await cache.lease("id", 50);
    assert.ok(release, "the value kept the lease");
    assert.equal(numberOf(await cache.get("id")), 1, "the lease took the value's place");
    await cache.delete("id");
    const next = await eventually(() => cache.lease("id", MINUTE));
    assert.ok(next, "the lease of 50 ms did not run out within 10 s");
    await release();
    assert.equal(await cache.lease("id", MINUTE), undefined, "a lease that had run out gave back the next one");
    await next();
  });
}

function announces(cache: CacheAdapter): cache is Announcing {
  return cache.stores === "bytes" && cache.announce !== undefined && cache.listen !== undefined;
}

function leases(cache: CacheAdapter): cache is ByteCacheAdapter & Required<Pick<ByteCacheAdapter, "lease">> {
  return cache.stores === "bytes" && cache.lease !== undefined;
}

/** What one listener has been told. */
class Heard {
  readonly messages: Uint8Array[] = [];
  gaps = 0;
  readonly #listening: Listening;

  constructor(cache: Announcing) {
    this.#listening = cache.listen({ heard: (message) => void this.messages.push(message), gap: () => void this.gaps++ });
  }

  async confirm(): Promise<void> {
    await this.#listening.confirm();
  }

  async stop(): Promise<void> {
    await this.#listening.stop();
  }
}

/** Asks again for ten seconds. */
async function eventually<T>(ask: () => PromiseLike<T> | T): Promise<T> {
  const until = performance.now() + 10_000;
  let answer = await ask();
  while (answer === undefined && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    answer = await ask();
  }
  return answer;
}
