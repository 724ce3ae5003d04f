import { chmod, readdir, unlink } from "node:fs/promises";
import { join } from "node:path";

// Less what the user's umask takes away, as for any file that a build makes.
const DIRECTORY = 0o755;
const FILE = 0o644;

/**
 * Makes a seed ready to be shipped: backups are for their owner's eyes, and the program may run as somebody else. Also takes away what
 * earlier runs have left when they were killed.
 */
export async function publishSeed(root: string, umask: number = process.umask()): Promise<void> {
  const directories = [root];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    await chmod(directory, DIRECTORY & ~umask);
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) directories.push(path);
      else if (/^tmp-[\da-f-]{36}$/.test(entry.name)) await unlink(path);
      else if (entry.isFile()) await chmod(path, FILE & ~umask);
    }
  }
}
