import type { Datastore } from "@lastgood/core";
import { isError, messageOf } from "@lastgood/core/adapter";
import { say } from "../terminal/say.ts";
import { SqliteMissing } from "./unavailable.ts";

/** Reports failures of the stores on standard error. None of them prevents an answer. */
export function reportTroubles(datastore: Datastore): void {
  const reported = new Set<string>();
  const report = (error: unknown, key: string | undefined): void => {
    const cause = isError(error) && isError(error.cause) ? error.cause : error;
    if (cause instanceof SqliteMissing) return; // reported at the start
    const text = messageOf(cause);
    if (reported.has(text)) return; // a store that is down fails every call
    reported.add(text);
    say(messageOf(error), key);
  };
  const reportRecord = (key: string, reason: string, error: unknown): void => {
    report(`a backup cannot be used: ${error === undefined ? reason : messageOf(error)}`, key);
  };
  datastore.on("cacheFailed", ({ key, error }) => report(error, key));
  datastore.on("backupFailed", ({ key, error }) => report(error, key));
  datastore.on("backupCorrupt", ({ key, reason, error }) => reportRecord(key, reason, error));
  datastore.on("backupSkipped", ({ key, reason, error }) => reportRecord(key, reason, error));
  datastore.on("backgroundFailed", ({ error }) => report(error, undefined));
}
