import type { BackupInfo, BackupRecord } from "@lastgood/core/adapter";
import type { DriverName } from "./drivers/sqlite.ts";

/** The operations of the thread. All that they take and return can be posted between threads. */
export interface Operations {
  /** The newest record stamped before `before`. */
  read(id: string, before: number): BackupRecord | undefined;
  /** The first `limit` ids in order that come after `after`. */
  page(after: string, limit: number): readonly BackupInfo[];
  write(id: string, bytes: Uint8Array<ArrayBuffer>, loadedAt: number, usedAt: number): number;
  touch(id: string, usedAt: number): void;
  delete(id: string, ifUsedBefore: number): boolean;
}

export type OperationName = keyof Operations;
export type Input<Name extends OperationName> = Parameters<Operations[Name]>;
export type Output<Name extends OperationName> = ReturnType<Operations[Name]>;

/** One call of one operation. This and all messages are flat arrays, because names of properties are sent each time. */
export type Call = { [Name in OperationName]: readonly [name: Name, ...input: Input<Name>] }[OperationName];

/** Which client of SQLite runs, and which version of SQLite is in it. */
export interface Details {
  readonly driver: DriverName;
  readonly sqlite: string;
}

/** How one call ended: what it returned, as it is; or an error, which no clone between threads may turn into a value. */
export type Outcome = Output<OperationName> | Failure;

export interface Failure {
  readonly error: Error;
}

/** Reads do not wait behind writes that wait for another process's lock. */
export type LaneName = "reads" | "writes";

/** A message to the thread. */
export type Batch = readonly [number: number, lane: LaneName, calls: readonly Call[]];

/** Its reply: an outcome for each call, in the same order, and what is newly known of the database. */
export type Reply = readonly [number: number, outcomes: readonly Outcome[], details: Details | undefined];
