import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { type BackupAdapter, type BackupFactory, type BackupInfo, type BackupRecord, type CallOptions, type StoreUrl, urlRefusal } from "@lastgood/core/adapter";
import { Bucket } from "./bucket.ts";
import { type Connection, connectionFrom } from "./client.ts";
import { Contents, recognised, type StoredRecord, surplusOf } from "./contents.ts";
import { InTurn } from "./in-turn.ts";
import { folderOf, markKey, recordKey } from "./keys.ts";
import { type S3BackupOptions, type Settings, settingsFrom } from "./options.ts";
import { Removals } from "./removals.ts";
import { OneATurn } from "./one-a-turn.ts";

/** The type of `s3Backup`: a function, which `fromEnv` takes as well. */
export interface S3BackupFactory extends BackupFactory {
  /**
   * Makes backups in a bucket of S3, or of a compatible store. Any number of processes may share them. The first call
   * connects.
   *
   * @param clientOrConfig Your own client, which `close()` leaves open. Or the SDK's options (`region`, `endpoint`,
   *   `forcePathStyle`, `credentials` …) for a client that is created here and destroyed by `close()`.
   * @throws TypeError or RangeError at once for a wrong argument.
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
  (clientOrConfig: S3Client | S3ClientConfig, options: S3BackupOptions): BackupAdapter;
}

/**
 * Makes backups in a bucket of S3, or of a compatible store. Any number of processes may share them. The first call
 * connects. With `fromEnv`: `s3://bucket/prefix?region=eu-west-1`, where the SDK finds the credentials in the environment.
 *
 * @example
 * ```ts
 * import { s3Backup } from "@lastgood/backup-s3";
 *
 * const backup = s3Backup({ region: "eu-west-1" }, { bucket: "my-backups", prefix: "feeds" });
 * ```
 */
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
  return create(config, { bucket, prefix: decoded(prefix), ...limits });
}

function decoded(prefix: string): string {
  try {
    return decodeURIComponent(prefix);
  } catch {
    throw urlRefusal("s3Backup", "prefix", "percent-encoded: a % that is meant is written %25");
  }
}

const NO_BYTES = new Uint8Array(0);

// The SDK prepares and signs every request at once, which blocks the event loop: with hundreds of them for a second or
// more. Sixteen writes have 32 requests under way, a PUT and a LIST each. They keep the network busy, and leave some of the
// SDK's 50 connections to reads.
const WRITES_AT_ONCE = 16;

/** A PUT that is over so many milliseconds after the listing, or more, may have been overtaken in between. */
const LISTING_HOLDS_MS = 50;

/** What there was of an id when the listing came, by the monotonic clock. */
interface Look {
  readonly contents: Contents;
  readonly at: number;
}

type Write = CallOptions & { readonly loadedAt: number; readonly usedAt: number };

class S3Backup implements BackupAdapter {
  readonly name = "s3";
  readonly #connection: Connection;
  readonly #settings: Settings;
  readonly #bucket: Bucket;
  readonly #removals: Removals;
  /** Limits writes and touches. Reads never wait: they happen in an outage, while a caller waits. */
  readonly #inTurn = new InTurn(WRITES_AT_ONCE);
  /** The requests of writes are prepared one in a turn of the event loop, however many answers have come in the last one. */
  readonly #oneATurn = new OneATurn();

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection;
    this.#settings = settings;
    this.#bucket = new Bucket(connection.requests, settings);
    this.#removals = new Removals(this.#bucket);
  }

  async read(id: string, options?: CallOptions & { readonly before?: number | undefined }): Promise<BackupRecord | undefined> {
    const signal = options?.signal;
    // A write may add a newer record and delete this one between the LIST and the GET. Ten times in a row is no
    // coincidence.
    for (let left = 10; left > 0; left--) {
      const record = await this.#newest(id, options?.before ?? Infinity, signal);
      if (record === undefined) return undefined;
      const bytes = await this.#bucket.get(record.key, signal);
      if (bytes !== undefined) return { bytes, loadedAt: record.loadedAt };
    }
    throw new Error(`s3://${this.#settings.bucket}/${this.#folder(id)}: what is listed is not there when it is asked for`);
  }

  // Not an async function, nor is `touch`: many writes wait, and its promise would be one more for each.
  write(id: string, bytes: Uint8Array, options: Write): Promise<number> {
    const { maxBytes } = this.#settings;
    if (bytes.length > maxBytes) return Promise.reject(new Error(`the record is ${bytes.length} bytes, more than maxBytes, which is ${maxBytes}`));
    return this.#inTurn.run(() => this.#write(id, bytes, options));
  }

  touch(id: string, options: CallOptions & { readonly usedAt: number }): Promise<void> {
    return this.#inTurn.run(() => this.#touch(id, options));
  }

  async *list(options?: CallOptions): AsyncGenerator<BackupInfo, void, undefined> {
    const signal = options?.signal;
    const { prefix } = this.#settings;
    let id = "";
    let contents = new Contents();
    // All names of an id share a prefix, so a sorted listing has them together.
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

  /** Destroys the client if it was created here. */
  async close(): Promise<void> {
    this.#connection.close();
  }

  #folder(id: string): string {
    return folderOf(this.#settings.prefix, id);
  }

  async #write(id: string, bytes: Uint8Array, { loadedAt, usedAt, signal }: Write): Promise<number> {
    signal?.throwIfAborted(); // aborted before its turn came
    const key = recordKey(this.#settings.prefix, { id, loadedAt, usedAt });
    await this.#oneATurn.next();
    const putting = this.#bucket.put(key, bytes, signal).then(() => performance.now());
    putting.catch(() => undefined); // It is awaited behind the look: whoever hears of an error finds nothing under way.
    const look = await this.#look(id, signal);
    const contents = await this.#contentsSince(await putting, look, id, signal);
    contents.insert({ id, loadedAt, usedAt, key, size: bytes.length });
    // Of several records with one stamp, the first in the listing counts: that with the latest use. If it is not this one,
    // it was written earlier and is overwritten. Two writers that deleted each other's record could leave nothing.
    const first = contents.records.find((record) => record.loadedAt === loadedAt);
    if (first !== undefined && first.usedAt > usedAt) await this.#bucket.put(first.key, bytes, signal);
    // The record is durable, so a failure here does not fail the write. The next write tidies up the same objects.
    await this.#tidy(id, contents, signal).catch(() => undefined);
    return contents.newest?.loadedAt ?? loadedAt;
  }

  /** Lists what there is while the record is put, since one after the other would take twice as long. `undefined` if that fails. */
  async #look(id: string, signal: AbortSignal | undefined): Promise<Look | undefined> {
    try {
      return { contents: await this.#contentsInTurn(id, signal), at: performance.now() };
    } catch {
      return undefined;
    }
  }

  /** A slow PUT may have been overtaken after the look. So this looks again, and also where the look has failed. */
  async #contentsSince(written: number, look: Look | undefined, id: string, signal: AbortSignal | undefined): Promise<Contents> {
    if (look !== undefined && written - look.at < LISTING_HOLDS_MS) return look.contents;
    return this.#contentsInTurn(id, signal);
  }

  async #touch(id: string, { usedAt, signal }: CallOptions & { readonly usedAt: number }): Promise<void> {
    signal?.throwIfAborted();
    const { prefix } = this.#settings;
    const contents = await this.#contentsInTurn(id, signal);
    if (contents.newest === undefined || usedAt <= contents.usedAt) return;
    await this.#bucket.put(markKey(prefix, { id, usedAt }), NO_BYTES, signal);
    // The new mark is durable. Earlier marks do no harm.
    await this.#bucket.remove(contents.marks.map(({ key }) => key), signal).catch(() => undefined);
  }

  async #newest(id: string, before: number, signal: AbortSignal | undefined): Promise<StoredRecord | undefined> {
    for await (const listed of this.#bucket.list(this.#folder(id), signal)) {
      const object = recognised(this.#settings.prefix, listed);
      if (object?.loadedAt !== undefined && object.loadedAt < before) return object;
    }
    return undefined;
  }

  async #contentsInTurn(id: string, signal: AbortSignal | undefined): Promise<Contents> {
    await this.#oneATurn.next();
    return this.#contents(id, signal);
  }

  async #contents(id: string, signal: AbortSignal | undefined): Promise<Contents> {
    const contents = new Contents();
    for await (const listed of this.#bucket.list(this.#folder(id), signal)) {
      const object = recognised(this.#settings.prefix, listed);
      if (object !== undefined) contents.add(object);
    }
    return contents;
  }

  /** Deletes surplus objects. Before that, writes a mark if only they record the latest use. */
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
