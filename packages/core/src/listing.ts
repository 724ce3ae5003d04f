import type { BackupAdapter, BackupInfo } from "./adapter.ts";
import type { Guard } from "./guard.ts";

/** A backup's ids one by one, each within the deadline of a call. Throws `DatastoreError`s. */
export async function* listing(adapter: BackupAdapter, guard: Guard): AsyncIterable<BackupInfo> {
  const stopped = new AbortController();
  const steps = await guard.call("list", undefined, () => adapter.list({ signal: stopped.signal })[Symbol.asyncIterator]());
  try {
    for (;;) {
      const info = await guard.call("list", undefined, () => nextOf(steps));
      if (info === undefined) return;
      yield info;
    }
  } finally {
    stopped.abort();
    // The adapter may clean up; what comes of it is nobody's concern any more.
    Promise.resolve(steps.return?.()).catch(() => {});
  }
}

async function nextOf(steps: AsyncIterator<BackupInfo>): Promise<BackupInfo | undefined> {
  const { done, value } = await steps.next();
  if (done === true) return undefined;
  if (typeof value?.id !== "string") throw new TypeError("its list has something in it that is no BackupInfo");
  return value;
}
