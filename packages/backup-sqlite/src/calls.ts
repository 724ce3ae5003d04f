import type { BackupInfo, BackupRecord } from "@lastgood/core/adapter";
import type { DriverName } from "./drivers/sqlite.ts";

/** The operations of the thread, with their inputs and outputs, all of which can be posted between threads. */
export interface Operations {
  /** The newest record stamped before `before`. */
  read(input: { readonly id: string; readonly before: number }): BackupRecord | undefined;
  /** The first `limit` ids in order that come after `after`. */
  page(input: { readonly after: string; readonly limit: number }): readonly BackupInfo[];
  write(input: NewRecord): number;
  touch(input: { readonly id: string; readonly usedAt: number }): void;
  delete(input: { readonly id: string; readonly ifUsedBefore: number }): boolean;
}

interface NewRecord {
  readonly id: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly loadedAt: number;
  readonly usedAt: number;
}

export type OperationName = keyof Operations;
export type Input<Name extends OperationName> = Parameters<Operations[Name]>[0];
export type Output<Name extends OperationName> = ReturnType<Operations[Name]>;

/** One call of one operation. */
export type Call = { [Name in OperationName]: { readonly name: Name; readonly input: Input<Name> } }[OperationName];

/** Which client of SQLite runs, and which version of SQLite is in it. */
export interface Details {
  readonly driver: DriverName;
  readonly sqlite: string;
}

/** How one call ended. */
export type Outcome = { readonly value: unknown } | { readonly error: Error };

/** Reads do not wait behind writes that wait for another process's lock. */
export type LaneName = "reads" | "writes";

/** A message to the thread. Its reply has an outcome for each call, in the same order. */
export interface Batch {
  readonly number: number;
  readonly lane: LaneName;
  readonly calls: readonly Call[];
}

export interface Reply {
  readonly number: number;
  /** What is known of the database by now. */
  readonly details: Details | undefined;
  readonly outcomes: readonly Outcome[];
}
