import type { ChildProcess } from "node:child_process";

/** How long a command may take to clean up after SIGTERM, in milliseconds. */
const GRACE_MS = 2_000;

const stopping = new WeakSet<ChildProcess>();

/**
 * Sends SIGTERM to a command and all its descendants, and SIGKILL two seconds later to those that are left.
 * The child must have been spawned with `detached`, so that it leads a process group.
 */
export function stopGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || stopping.has(child)) return;
  stopping.add(child);
  signalGroup(pid, "SIGTERM");
  const kill = setTimeout(() => {
    signalGroup(pid, "SIGKILL");
    // A process that left the group, or cannot die, may hold the pipe open: do not wait for it.
    child.stdout?.destroy();
    child.unref();
  }, GRACE_MS);
  child.once("close", () => {
    if (!signalGroup(pid, 0)) clearTimeout(kill);
  });
}

/** Returns whether the group still has a process. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}
