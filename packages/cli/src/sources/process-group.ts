import type { ChildProcess } from "node:child_process";

/** How long a command that was asked to stop may take to clean up, in milliseconds. */
const GRACE_MS = 2_000;

const stopping = new WeakSet<ChildProcess>();

/**
 * Asks a command and everything that it has started to stop, and kills what is left two seconds later.
 * The child must have been spawned with `detached`, which makes it the leader of a process group.
 */
export function stopGroup(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || stopping.has(child)) return;
  stopping.add(child);
  signalGroup(pid, "SIGTERM");
  const kill = setTimeout(() => {
    signalGroup(pid, "SIGKILL");
    // A process that left the group, or cannot die, must not keep this one waiting for the end of its output.
    child.stdout?.destroy();
    child.unref();
  }, GRACE_MS);
  child.once("close", () => {
    if (!signalGroup(pid, 0)) clearTimeout(kill);
  });
}

/** Returns whether there was a process to be signalled. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}
