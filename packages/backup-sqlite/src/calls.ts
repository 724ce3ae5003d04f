import type { BackupInfo, BackupRecord } from "@lastgood/core/adapter";

/** What the thread does with the database: what goes in and what comes out, all of it data that can cross threads. */
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

/** How one call ended. */
export type Outcome = { readonly value: unknown } | { readonly error: Error };

/** Reads go past writes that wait for another process to give up its lock. */
export type LaneName = "reads" | "writes";

/** What is sent to the thread, and what comes back: an outcome for each call, in the same order. */
export interface Batch {
  readonly number: number;
  readonly lane: LaneName;
  readonly calls: readonly Call[];
}

export interface Reply {
  readonly number: number;
  readonly outcomes: readonly Outcome[];
}
