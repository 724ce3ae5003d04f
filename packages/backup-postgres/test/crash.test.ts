import { createHash, randomBytes, randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { opened, openedPool, PostgresServer } from "./support/store.ts";

let server: PostgresServer;
beforeAll(async () => {
  server = await PostgresServer.start();
});
afterAll(() => server.stop());

const IDS = ["a", "b", "c", "d"];
const WRITERS = 8;
/** More of them by hand: `LASTGOOD_CRASHES=50`. */
const ROUNDS = Number(process.env["LASTGOOD_CRASHES"] ?? 5);

type Write = (id: string, bytes: Uint8Array, stamp: number) => Promise<unknown>;

/** Writes as fast as it can until the server is killed. Resolves with the greatest stamp of each id that was acknowledged. */
async function writeUntilKilled(write: Write, firstStamp: number): Promise<{ acknowledged: Map<string, number>; last: number }> {
  const acknowledged = new Map<string, number>();
  let stamp = firstStamp;
  let writes = 0;
  let enough: () => void;
  const warm = new Promise<void>((resolve) => (enough = resolve));
  const writer = async (): Promise<void> => {
    for (;;) {
      const id = IDS[randomInt(IDS.length)] ?? "a";
      const own = stamp++;
      try {
        await write(id, sealed(own), own);
      } catch {
        return;
      }
      acknowledged.set(id, Math.max(own, acknowledged.get(id) ?? 0));
      if (++writes === WRITERS * 3) enough();
    }
  };
  const writers = Promise.all(Array.from({ length: WRITERS }, writer));
  await warm;
  await pause(randomInt(30)); // so that it comes at any point of a commit
  await server.server.kill();
  await writers;
  return { acknowledged, last: stamp };
}

/** Random bytes of any size, with their stamp and a sum over both. */
function sealed(stamp: number): Buffer {
  const body = Buffer.concat([Buffer.from(`${stamp}:`), randomBytes(randomInt(20_000))]);
  return Buffer.concat([createHash("sha256").update(body).digest(), body]);
}

function stampOf(bytes: Uint8Array): number {
  const body = bytes.subarray(32);
  if (!createHash("sha256").update(body).digest().equals(bytes.subarray(0, 32))) throw new Error("the record is not whole");
  return Number.parseInt(new TextDecoder().decode(body), 10);
}

/** How many ids have lost what was acknowledged. Throws for a record that is not whole. */
async function lostOf(acknowledged: ReadonlyMap<string, number>, url: string): Promise<string[]> {
  const backup = opened(url);
  const lost: string[] = [];
  for (const [id, stamp] of acknowledged) {
    const record = await backup.read(id);
    if (record !== undefined) expect(stampOf(record.bytes)).toBe(record.loadedAt);
    if ((record?.loadedAt ?? 0) < stamp) lost.push(id);
  }
  return lost;
}

describe("a server that is killed in the middle of commits, and started again", { timeout: ROUNDS * 20_000 }, () => {
  it.each([
    ["a role of the server's defaults", "on"],
    ["a role whose commits are not waited for", "off"],
  ])("has all that was acknowledged, whole, every time: %s", async (_, synchronousCommit) => {
    const role = await server.newRole({ synchronous_commit: synchronousCommit });
    const url = await server.newDatabase(role);
    const backup = opened(url);
    await backup.touch("none", { usedAt: 1 });
    let stamp = 1;
    for (let round = 0; round < ROUNDS; round++) {
      const { acknowledged, last } = await writeUntilKilled((id, bytes, loadedAt) => Promise.resolve(backup.write(id, bytes, { loadedAt, usedAt: loadedAt })), stamp);
      stamp = last;
      expect(acknowledged.size).toBeGreaterThan(0);
      await server.server.start();
      expect(await lostOf(acknowledged, url), `round ${round}`).toEqual([]);
    }
  });

  it("has lost some of it where commits were acknowledged too early: so this test would see it", async () => {
    const role = await server.newRole({ synchronous_commit: "off" });
    const url = await server.newDatabase(role);
    await opened(url).touch("none", { usedAt: 1 });
    let lost = 0;
    let stamp = 1;
    for (let round = 0; round < ROUNDS && lost === 0; round++) {
      const pool = openedPool(url);
      const { acknowledged, last } = await writeUntilKilled(async (id, bytes, loadedAt) => {
        await pool.query("INSERT INTO lastgood_backup VALUES ($1, $2, $2, $3) ON CONFLICT (id) DO UPDATE SET loaded_at = excluded.loaded_at", [id, loadedAt, bytes.length]);
        await pool.query("INSERT INTO lastgood_backup_records VALUES ($1, $2, $3)", [id, loadedAt, bytes]);
      }, stamp);
      stamp = last;
      await server.server.start();
      lost += (await lostOf(acknowledged, url)).length;
    }
    expect(lost).toBeGreaterThan(0);
  });
});
