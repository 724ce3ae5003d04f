import { types } from "node:util";
import { type BackupAdapter, type BackupRecord, optionChecks } from "@lastgood/core/adapter";

/** The records of one id, the newest first. In a real store, these are rows, objects or files. */
export interface ExampleShelf {
  readonly usedAt: number;
  readonly records: readonly BackupRecord[];
}

/** The connected client of your store. Replace this by the type from your client library. */
export type ExampleClient = Map<string, ExampleShelf>;

export interface ExampleBackupOptions {
  /**
   * How many records are kept under each id: a whole number, 2 or more.
   * @default 2
   */
  readonly generations?: number | undefined;
}

/** Every error about an option begins with this name. */
const check = optionChecks("exampleBackup");

/** A backup in a `Map`. The adapter never closes the client. */
export function exampleBackup(client: ExampleClient, options: ExampleBackupOptions = {}): BackupAdapter {
  checkClient(client);
  const generations = generationsFrom(options);

  return {
    name: "example",

    async read(id, { before = Infinity } = {}) {
      // One query for the newest stamp below `before`. Let errors throw: `undefined` means only "there is none".
      const record = client.get(id)?.records.find(({ loadedAt }) => loadedAt < before);
      return record && { ...record, bytes: new Uint8Array(record.bytes) };
    },

    async write(id, bytes, { loadedAt, usedAt }) {
      // Add a new record (one insert or one object) and wait until it is durable. Only then delete old ones.
      const { usedAt: usedBefore, records } = client.get(id) ?? { usedAt: 0, records: [] };
      // Replace a record with the same stamp: the later of two writes stays.
      const others = records.filter((record) => record.loadedAt !== loadedAt);
      const all = [...others, { bytes: new Uint8Array(bytes), loadedAt }];
      const newestFirst = all.toSorted((a, b) => b.loadedAt - a.loadedAt);
      client.set(id, { usedAt: Math.max(usedBefore, usedAt), records: newestFirst.slice(0, generations) });
      return newestFirst[0]?.loadedAt ?? loadedAt;
    },

    async touch(id, { usedAt }) {
      // One conditional update ("where used_at < …"), so that two processes cannot move the time back.
      const shelf = client.get(id);
      if (shelf && shelf.usedAt < usedAt) client.set(id, { ...shelf, usedAt });
    },

    async *list() {
      // Use a cursor or pages, without payloads: a store may hold millions of ids.
      for (const [id, { usedAt, records }] of client) {
        const [newest] = records;
        if (newest) yield { id, usedAt, loadedAt: newest.loadedAt, size: newest.bytes.byteLength };
      }
    },

    async delete(id, { ifUsedBefore = Infinity } = {}) {
      // Check and delete atomically if the store can. Otherwise delete the newest record last.
      const shelf = client.get(id);
      return shelf !== undefined && shelf.usedAt < ifUsedBefore && client.delete(id);
    },

    // Add `lock` only if the store has locks, and `close` only if the adapter itself makes the client, as it does from a URL.
  };
}

function checkClient(client: unknown): void {
  if (!types.isMap(client)) throw check.wrongType("client", "a Map, the one that your program has connected", client);
}

function generationsFrom(options: unknown): number {
  const { generations = 2 } = check.options(options, ["generations"]);
  return check.wholeNumber("generations", generations, 2);
}
