import { type BackupAdapter, type BackupRecord, optionChecks } from "@lastgood/core/adapter";

/** The records of one id, the newest first. In a real store: the rows, objects or files of that id. */
export interface ExampleShelf {
  readonly usedAt: number;
  readonly records: readonly BackupRecord[];
}

/** Stands for the connected client of your store. Put the type of your client library in its place. */
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

/** A backup in a `Map`. The client stays yours: the adapter never closes it. */
export function exampleBackup(client: ExampleClient, options: ExampleBackupOptions = {}): BackupAdapter {
  checkClient(client);
  const generations = generationsFrom(options);

  return {
    name: "example",

    async read(id, { before = Infinity } = {}) {
      // One query for the newest stamp below `before`. Let what goes wrong throw; `undefined` is for "there is none" alone.
      const record = client.get(id)?.records.find(({ loadedAt }) => loadedAt < before);
      return record && { ...record, bytes: new Uint8Array(record.bytes) };
    },

    async write(id, bytes, { loadedAt, usedAt }) {
      // Add a record of its own (one insert or one new object), wait until it is durable, and only then let old ones go.
      const { usedAt: usedBefore, records } = client.get(id) ?? { usedAt: 0, records: [] };
      // A record of the same stamp makes way: the later of two writes stays.
      const others = records.filter((record) => record.loadedAt !== loadedAt);
      const all = [...others, { bytes: new Uint8Array(bytes), loadedAt }];
      const newestFirst = all.toSorted((a, b) => b.loadedAt - a.loadedAt);
      client.set(id, { usedAt: Math.max(usedBefore, usedAt), records: newestFirst.slice(0, generations) });
      return newestFirst[0]?.loadedAt ?? loadedAt;
    },

    async touch(id, { usedAt }) {
      // One update with a condition ("where used_at < …"), so that two processes cannot move it back.
      const shelf = client.get(id);
      if (shelf && shelf.usedAt < usedAt) client.set(id, { ...shelf, usedAt });
    },

    async *list() {
      // A cursor or one page after the other, without the payloads: a store may hold millions of ids.
      for (const [id, { usedAt, records }] of client) {
        const [newest] = records;
        if (newest) yield { id, usedAt, loadedAt: newest.loadedAt, size: newest.bytes.byteLength };
      }
    },

    async delete(id, { ifUsedBefore = Infinity } = {}) {
      // The condition and the delete in one step where the store can; otherwise the newest record goes last.
      const shelf = client.get(id);
      return shelf !== undefined && shelf.usedAt < ifUsedBefore && client.delete(id);
    },

    // `lock`: only if the store has locks. `close`: only for a client that the adapter has made itself, of a URL for instance.
  };
}

function checkClient(client: unknown): void {
  if (!(client instanceof Map)) throw check.wrongType("client", "a Map, the one that your program has connected", client);
}

function generationsFrom(options: unknown): number {
  const { generations = 2 } = check.options(options, ["generations"]);
  return check.wholeNumber("generations", generations, 2);
}
