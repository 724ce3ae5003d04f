// Takes the lock, says so, and has nothing more to do.
import { backup } from "./backup.mjs";

const release = await backup.lock?.();
console.log(release === undefined ? "refused" : "locked");
