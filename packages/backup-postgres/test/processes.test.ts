import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listed, opened, PostgresServer, rowsOf } from "./support/store.ts";

const program = fileURLToPath(new URL("processes/write-many.mjs", import.meta.url));
const PROCESSES = 4;
const ROUNDS = 200;

describe.each(["single", "pooler"] as const)("several processes that write, read, touch and delete the same ids, %s", (variant) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start(variant);
  });
  afterAll(() => server.stop());

  it("see whole records, wait for each other in no circle, and leave a list that is right", async () => {
    const url = await server.newDatabase();
    const outputs = await Promise.all(
      Array.from({ length: PROCESSES }, async (_, index) => {
        const given = [program, url, String(ROUNDS), String(index + 1), String(PROCESSES)];
        return (await promisify(execFile)(process.execPath, given)).stdout;
      }),
    );
    for (const output of outputs) expect(JSON.parse(output)).toEqual([]);
    const backup = opened(url);
    const infos = await listed(backup);
    expect(infos.length).toBeGreaterThan(0);
    for (const { id, loadedAt, usedAt, size } of infos) {
      const record = await backup.read(id);
      expect(record).toMatchObject({ loadedAt });
      expect(record?.bytes.length).toBe(size);
      expect(usedAt).toBeGreaterThan(loadedAt);
    }
    // Two of each id, or one more that came late.
    const direct = new URL(url);
    direct.port = String(server.server.port);
    const [{ most } = {}] = await rowsOf(direct.href, "SELECT max(count)::int AS most FROM (SELECT count(*) FROM lastgood_backup_records GROUP BY id) AS counts");
    expect(most).toBeLessThanOrEqual(2 + PROCESSES);
  });
});
