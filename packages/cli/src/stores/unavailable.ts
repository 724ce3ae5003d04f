import type { BackupAdapter } from "@lastgood/core/adapter";
import { type Place, showPlace } from "./place.ts";

/** A backup in SQLite was asked for, and SQLite cannot be loaded. */
export class SqliteMissing extends Error {
  override readonly name: string = "SqliteMissing";
}

/** A backup adapter whose every call fails with `SqliteMissing`. */
export function unavailable(place: Place): BackupAdapter {
  const fail = (): never => {
    throw new SqliteMissing(`${showPlace(place)} cannot be opened without SQLite`);
  };
  return {
    name: "sqlite",
    read: fail,
    write: fail,
    touch: fail,
    // oxlint-disable-next-line require-yield -- the contract asks for an iterable
    async *list() {
      fail();
    },
    delete: fail,
  };
}
