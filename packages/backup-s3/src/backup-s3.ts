import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import pLimit from "p-limit";
import type { BackupAdapter, BackupFactory, BackupInfo, BackupRecord, CallOptions, StoreUrl } from "@lastgood/core/adapter";
import { Bucket } from "./bucket.ts";
import { type Connection, connectionFrom } from "./client.ts";
import { Contents, recognised, type StoredRecord, surplusOf } from "./contents.ts";
import { folderOf, markKey, recordKey } from "./keys.ts";
import { type S3BackupOptions, type Settings, settingsFrom } from "./options.ts";
import { Removals } from "./removals.ts";

/**
 * Makes backups that are objects in a bucket of S3, or of a store that speaks its protocol. Any number of processes may share
 * them. Nothing is asked of the bucket before the first call.
 * Also for `fromEnv`: `s3://bucket/prefix?region=eu-west-1`; credentials come from where the SDK finds them.
 *
 * @example
 * ```ts
 * import { Datastore } from "@lastgood/core";
 * import { memoryCache } from "@lastgood/cache-memory";
 * import { s3Backup } from "@lastgood/backup-s3";
 *
 * const datastore = new Datastore({
 *   cache: memoryCache(),
 *   backup: s3Backup({ region: "eu-west-1" }, { bucket: "my-backups", prefix: "feeds" }),
 * });
 * await datastore.close();
 * ```
 */
export interface S3BackupFactory extends BackupFactory {
  /**
   * @param clientOrConfig the client that your program has, which stays yours and open; or the options of one (`region`,
   *   `endpoint`, `forcePathStyle`, `credentials` …, as the SDK takes them), which is made here and ends with `close()`
   * @throws TypeError or RangeError at once for an argument that cannot be meant
   */
  (clientOrConfig: S3Client | S3ClientConfig, options: S3BackupOptions): BackupAdapter;
}

export const s3Backup: S3BackupFactory = Object.assign(create, {
  kind: "backup" as const,
  schemes: ["s3"],
  urlOptions: ["region", "endpoint", "forcePathStyle", "generations", "maxBytes"],
  fromUrl,
});

function create(clientOrConfig: S3Client | S3ClientConfig, options: S3BackupOptions): BackupAdapter {
  const settings = settingsFrom(options);
  return new S3Backup(connectionFrom(clientOrConfig), settings);
}

function fromUrl({ location, options }: StoreUrl): BackupAdapter {
  const { generations, maxBytes, ...config } = options;
  const limits: Record<string, unknown> = { generations, maxBytes };
  const [, bucket = "", prefix = ""] = /^\/\/([^/]*)\/?(.*)$/.exec(location) ?? [];
  return create(config, { bucket, prefix, ...limits });
}

const NO_BYTES = new Uint8Array(0);

// The SDK prepares and signs whatever it is given at once, and holds the event loop meanwhile: for a second and more where
// hundreds come together. So many are enough to keep the network busy.
const WRITES_AT_ONCE = 32;

type Write = CallOptions & { readonly loadedAt: number; readonly usedAt: number };

class S3Backup implements BackupAdapter {
  readonly name = "s3";
  readonly #connection: Connection;
  readonly #settings: Settings;
  readonly #bucket: Bucket;
  readonly #removals: Removals;
  /** Writes and marks of use wait for each other. Reads do not: they are for an outage, and come while somebody waits. */
  readonly #inTurn = pLimit(WRITES_AT_ONCE);

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection;
    this.#settings = settings;
    this.#bucket = new Bucket(connection.client, settings);
    this.#removals = new Removals(this.#bucket);
  }

  async read(id: string, options?: CallOptions & { readonly before?: number | undefined }): Promise<BackupRecord | undefined> {
    const signal = options?.signal;
    // A record that is listed may be pruned before it is got, by a write that has added a newer one. Ten times in a row is
    // not bad luck.
    for (let left = 10; left > 0; left--) {
      const record = await this.#newest(id, options?.before ?? Infinity, signal);
      if (record === undefined) return undefined;
      const bytes = await this.#bucket.get(record.key, signal);
      if (bytes !== undefined) return { bytes, loadedAt: record.loadedAt };
    }
    throw new Error(`s3://${this.#settings.bucket}/${this.#folder(id)}: what is listed is not there when it is asked for`);
  }

  async write(id: string, bytes: Uint8Array, options: Write): Promise<number> {
    const { maxBytes } = this.#settings;
    if (bytes.length > maxBytes) throw new Error(`the record is ${bytes.length} bytes, more than maxBytes, which is ${maxBytes}`);
    return this.#inTurn(() => this.#write(id, bytes, options));
  }

  touch(id: string, options: CallOptions & { readonly usedAt: number }): Promise<void> {
    return this.#inTurn(() => this.#touch(id, options));
  }

  async *list(options?: CallOptions): AsyncGenerator<BackupInfo, void, undefined> {
    const signal = options?.signal;
    const { prefix } = this.#settings;
    let id = "";
    let contents = new Contents();
    // All names of an id begin with the same characters, so a listing in their order has them together.
    for await (const listed of this.#bucket.list(prefix, signal)) {
      const object = recognised(prefix, listed);
      if (object === undefined) continue;
      if (object.id !== id) {
        yield* infoOf(contents);
        ({ id } = object);
        contents = new Contents();
      }
      contents.add(object);
    }
    yield* infoOf(contents);
  }

  async delete(id: string, options?: CallOptions & { readonly ifUsedBefore?: number | undefined }): Promise<boolean> {
    const signal = options?.signal;
    const limit = options?.ifUsedBefore ?? Infinity;
    const contents = await this.#contents(id, signal);
    const { newest, records, marks } = contents;
    if (newest !== undefined && contents.usedAt >= limit) return false;
    const isNewest = (record: StoredRecord): boolean => record.loadedAt === newest?.loadedAt;
    const older = records.filter((record) => !isNewest(record));
    await this.#removals.remove([...older, ...marks].map(({ key }) => key), signal);
    await this.#removals.remove(records.filter(isNewest).map(({ key }) => key), signal);
    return newest !== undefined;
  }

  /** Ends the connections of a client that was made here. */
  async close(): Promise<void> {
    this.#connection.close();
  }

  #folder(id: string): string {
    return folderOf(this.#settings.prefix, id);
  }

  async #write(id: string, bytes: Uint8Array, { loadedAt, usedAt, signal }: Write): Promise<number> {
    signal?.throwIfAborted(); // given up before its turn came
    await this.#bucket.put(recordKey(this.#settings.prefix, { id, loadedAt, usedAt }), bytes, signal);
    const contents = await this.#contents(id, signal);
    // The record of a stamp is the first in the listing: the one of the latest use. Another one there was written before this
    // write, which replaces it. To remove it instead could leave nothing, where two writers did that to each other.
    const first = contents.records.find((record) => record.loadedAt === loadedAt);
    if (first !== undefined && first.usedAt > usedAt) await this.#bucket.put(first.key, bytes, signal);
    // The record is durable, so the write has not failed if this does: the next one finds the same objects and tries again.
    await this.#tidy(id, contents, signal).catch(() => undefined);
    return Math.max(loadedAt, contents.newest?.loadedAt ?? 0);
  }

  async #touch(id: string, { usedAt, signal }: CallOptions & { readonly usedAt: number }): Promise<void> {
    signal?.throwIfAborted();
    const { prefix } = this.#settings;
    const contents = await this.#contents(id, signal);
    if (contents.newest === undefined || usedAt <= contents.usedAt) return;
    await this.#bucket.put(markKey(prefix, { id, usedAt }), NO_BYTES, signal);
    // The mark is there. Those before it do no harm if they stay.
    await this.#bucket.remove(contents.marks.map(({ key }) => key), signal).catch(() => undefined);
  }

  async #newest(id: string, before: number, signal: AbortSignal | undefined): Promise<StoredRecord | undefined> {
    for await (const listed of this.#bucket.list(this.#folder(id), signal)) {
      const object = recognised(this.#settings.prefix, listed);
      if (object?.loadedAt !== undefined && object.loadedAt < before) return object;
    }
    return undefined;
  }

  async #contents(id: string, signal: AbortSignal | undefined): Promise<Contents> {
    const contents = new Contents();
    for await (const listed of this.#bucket.list(this.#folder(id), signal)) {
      const object = recognised(this.#settings.prefix, listed);
      if (object !== undefined) contents.add(object);
    }
    return contents;
  }

  /** Removes what is not needed any more, and first of all notes the latest use if only that knows of it. */
  async #tidy(id: string, contents: Contents, signal: AbortSignal | undefined): Promise<void> {
    const { prefix, generations } = this.#settings;
    const { keys, carriesUse } = surplusOf(contents, generations);
    if (carriesUse) await this.#bucket.put(markKey(prefix, { id, usedAt: contents.usedAt }), NO_BYTES, signal);
    await this.#bucket.remove(keys, signal);
  }
}

function* infoOf({ newest, usedAt }: Contents): Generator<BackupInfo, void, undefined> {
  if (newest === undefined) return;
  const { id, loadedAt, size } = newest;
  yield { id, usedAt, loadedAt, size };
}
