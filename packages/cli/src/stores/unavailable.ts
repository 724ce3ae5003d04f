import type { BackupAdapter } from "@lastgood/core/adapter";
import { type Place, showPlace } from "./place.ts";

/** A backup that SQLite would have to open, and that can neither be read nor written without it. */
export class SqliteMissing extends Error {
  override readonly name: string = "SqliteMissing";
}

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
