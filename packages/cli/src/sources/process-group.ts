import type { ChildProcess } from "node:child_process";

/** How long a command that was asked to stop may take to clean up. */
const GRACE_MS = 2_000;

const stopping = new WeakSet<ChildProcess>();

/**
 * Asks a command and everything that it has started to stop, and two seconds later makes them.
 * The child must have been spawned with `detached`, which makes it the leader of a process group.
 */
export function stopGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || stopping.has(child)) return;
  stopping.add(child);
  signalGroup(pid, "SIGTERM");
  const makeSure = setTimeout(() => {
    signalGroup(pid, "SIGKILL");
    // Whoever left the group, or cannot die, must not keep this process waiting for the end of its output.
    child.stdout?.destroy();
    child.unref();
  }, GRACE_MS);
  child.once("close", () => {
    if (!signalGroup(pid, 0)) clearTimeout(makeSure);
  });
}

/** Whether there was anybody to be signalled. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}
