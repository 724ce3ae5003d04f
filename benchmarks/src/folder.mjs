import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A new folder. Its files stay until the whole run is over: ext4, when it makes a file, looks past each one that was deleted in the last
 * minute.
 */
export function newFolder() {
  return mkdtemp(join(tmpdir(), "lastgood-benchmark-"));
}
