import { expect, it } from "vitest";
import { fsBackup } from "../src/index.ts";
import { newStore, readText, write } from "./support/store.ts";

it("many writes of one stamp at once, with uses of their own, all succeed, and the store has one of them, whole", async () => {
  const backup = fsBackup(newStore());
  await write(backup, "id", 1);
  for (let round = 0; round < 10; round++) {
    const writes = Array.from({ length: 60 }, async (_, index) => {
      for await (const { id } of backup.list()) expect(id).toBe("id"); // so that they do not begin together
      const text = `${round} ${index} ${".".repeat(index * 50)}`;
      await backup.write("id", new TextEncoder().encode(text), { loadedAt: 1, usedAt: 10 + (index % 7) });
      return text;
    });
    const texts = await Promise.all(writes);
    expect(texts).toContain(await readText(backup, "id"));
  }
});

it("a write that waits for another of its id leaves when its signal is aborted, and those before it are kept", async () => {
  const backup = fsBackup(newStore());
  const first = write(backup, "id", 1);
  const second = write(backup, "id", 2);
  const controller = new AbortController();
  const third = backup.write("id", new Uint8Array(9), { loadedAt: 3, usedAt: 3, signal: controller.signal });
  const others = Promise.all(["a", "b"].map((id) => write(backup, id, 1)));
  await new Promise(setImmediate);
  controller.abort(new Error("no time left"));
  await expect(third).rejects.toThrow("no time left");
  await Promise.all([first, second, others]);
  expect(await readText(backup, "id")).toBe("id 2");
});
