import type { Datastore } from "@lastgood/core";
import { say } from "../terminal/say.ts";

/** Says on standard error what goes wrong with the stores. None of it keeps an answer from being given. */
export function tellTroubles(datastore: Datastore): void {
  const said = new Set<string>();
  const tell = (error: unknown, key: string | undefined): void => {
    const text = textOf(error);
    if (said.has(text)) return; // a store that is down fails at every turn
    said.add(text);
    say(text, key);
  };
  datastore.on("cacheFailed", ({ key, error }) => tell(error, key));
  datastore.on("backupFailed", ({ key, error }) => tell(error, key));
  datastore.on("backupCorrupt", ({ key, reason, error }) => tell(`a backup cannot be used: ${error === undefined ? reason : textOf(error)}`, key));
  datastore.on("backupSkipped", ({ key, reason, error }) => tell(`a backup cannot be used: ${error === undefined ? reason : textOf(error)}`, key));
  datastore.on("backgroundFailed", ({ error }) => tell(error, undefined));
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
