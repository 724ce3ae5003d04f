import type { Datastore } from "@lastgood/core";
import { say } from "./report.ts";

/** Says on standard error what goes wrong with the stores. None of it keeps an answer from being given. */
export function tellTroubles(datastore: Datastore): void {
  const said = new Set<string>();
  const tell = (error: unknown, key: string | undefined): void => {
    const text = error instanceof Error ? error.message : String(error);
    if (said.has(text)) return; // a store that is down fails at every turn
    said.add(text);
    say(text, key);
  };
  datastore.on("cacheFailed", ({ key, error }) => tell(error, key));
  datastore.on("backupFailed", ({ key, error }) => tell(error, key));
  datastore.on("backupCorrupt", ({ key, reason }) => tell(`a backup cannot be used: ${reason}`, key));
}
