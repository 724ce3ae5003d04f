// Started by processes.test.ts, several times at once: writes, reads, touches and deletes the same few ids, and checks what it sees.
import { createHash, randomBytes, randomInt } from "node:crypto";
import { postgresBackup } from "@lastgood/backup-postgres";

const [url = "", rounds = "", first = "", step = ""] = process.argv.slice(2);
const backup = postgresBackup(url);

/** The sum of the bytes after it. @param {Uint8Array} bytes */
const sumOf = (bytes) => createHash("sha256").update(bytes).digest();

// A backup keeps no process alive, so something here has to.
const alive = setInterval(() => undefined, 60_000);

const failures = [];
for (let round = 0; round < Number(rounds); round++) {
  const id = `id-${randomInt(3)}`;
  const stamp = Number(first) + round * Number(step);
  const body = randomBytes(randomInt(5_000));
  const greatest = await backup.write(id, Buffer.concat([sumOf(body), body]), { loadedAt: stamp, usedAt: stamp });
  if (greatest < stamp) failures.push(`a write of ${stamp} resolved with ${greatest}`);
  const record = await backup.read(id);
  if (record !== undefined && !sumOf(record.bytes.subarray(32)).equals(record.bytes.subarray(0, 32))) failures.push(`a record of ${id} is not whole`);
  await backup.touch(id, { usedAt: stamp + 1 });
  if (randomInt(20) === 0) await backup.delete(id, { ifUsedBefore: stamp });
}
await backup.close?.();
clearInterval(alive);
console.log(JSON.stringify(failures));
