import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  type PutObjectCommandOutput,
} from "@aws-sdk/client-s3";
import { messageOf } from "@lastgood/core/adapter";
import { wholeBody } from "./body.ts";
import type { ListedObject } from "./contents.ts";
import { explained, nameOf, statusOf } from "./errors.ts";
import type { PutObjectOptions, Settings } from "./options.ts";
import type { Requests } from "./requests.ts";

type Signal = AbortSignal | undefined;

/** The most names in one DeleteObjects request. */
export const BATCH = 1_000;

/** The S3 operations that a store uses. Their errors say what failed and where. */
export class Bucket {
  readonly #requests: Requests;
  readonly #bucket: string;
  readonly #maxBytes: number;
  #putObject: PutObjectOptions;

  constructor(requests: Requests, { bucket, maxBytes, putObject }: Settings) {
    this.#requests = requests;
    this.#bucket = bucket;
    this.#maxBytes = maxBytes;
    this.#putObject = putObject;
  }

  /** Every object whose name begins with the prefix, sorted by name, in pages of a thousand. */
  async *list(prefix: string, signal: Signal): AsyncGenerator<ListedObject, void, undefined> {
    let token: string | undefined;
    do {
      const page = await this.#page(prefix, token, signal);
      for (const { Key: key, Size: size = 0 } of page.Contents ?? []) {
        if (key?.startsWith(prefix)) yield { key, size };
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  /** `undefined` if there is no such object. */
  async get(key: string, signal: Signal): Promise<Uint8Array | undefined> {
    try {
      const { Body: body } = await this.#requests.send(new GetObjectCommand(this.#object(key)), signal);
      return await wholeBody(body, this.#maxBytes, signal);
    } catch (error) {
      if (nameOf(error) === "NoSuchKey") return undefined;
      throw this.#explained("GetObject", key, error);
    }
  }

  async put(key: string, bytes: Uint8Array, signal: Signal): Promise<void> {
    await this.#explaining("PutObject", key, async () => {
      const { ETag: tag } = await this.#put(key, bytes, signal);
      // For example a page of HTML from a proxy. An object that S3 has stored has a tag.
      if (tag === undefined) throw new Error("the answer is not one of S3: it has no ETag");
    });
  }

  /** If the server refuses objects without a checksum, sends this one and all later ones with one. */
  async #put(key: string, bytes: Uint8Array, signal: Signal): Promise<PutObjectCommandOutput> {
    const sent = this.#putObject;
    try {
      return await this.#requests.send(new PutObjectCommand({ ...sent, ...this.#object(key), Body: bytes }), signal);
    } catch (error) {
      if (sent.ChecksumAlgorithm !== undefined || !wantsChecksum(error)) throw error;
      this.#putObject = { ...sent, ChecksumAlgorithm: "CRC32" };
      return this.#put(key, bytes, signal);
    }
  }

  /** Deletes objects in no particular order. A missing object is no error. */
  async remove(keys: readonly string[], signal: Signal): Promise<void> {
    for (let from = 0; from < keys.length; from += BATCH) await this.#removeBatch(keys.slice(from, from + BATCH), signal);
  }

  /** Deletes up to a thousand objects. Resolves with false if the server refuses: some lack DeleteObjects, or want a checksum that the SDK no longer sends. */
  async removeAtOnce(keys: readonly string[], signal: Signal): Promise<boolean> {
    const objects = keys.map((key) => ({ Key: key }));
    try {
      const command = new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects: objects, Quiet: true } });
      const { Errors: failures = [] } = await this.#requests.send(command, signal);
      return failures.length === 0;
    } catch (error) {
      if (isRefusal(statusOf(error))) return false;
      throw this.#explained("DeleteObjects", keys[0] ?? "", error);
    }
  }

  async #page(prefix: string, token: string | undefined, signal: Signal): Promise<ListObjectsV2CommandOutput> {
    const command = new ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ContinuationToken: token });
    return this.#explaining("ListObjectsV2", prefix, async () => {
      const page = await this.#requests.send(command, signal);
      // Other XML, or no text at all, would look like an empty list. "Not known" must not become "not there".
      const isWhole = page.IsTruncated === false || (page.IsTruncated === true && page.NextContinuationToken !== undefined);
      if (!isWhole) throw new Error("the answer is not one of S3: it does not say whether there is more");
      return page;
    });
  }

  async #removeBatch(keys: readonly string[], signal: Signal): Promise<void> {
    if (keys.length > 1 && (await this.removeAtOnce(keys, signal))) return;
    await Promise.all(keys.map((key) => this.#removeOne(key, signal)));
  }

  async #removeOne(key: string, signal: Signal): Promise<void> {
    await this.#explaining("DeleteObject", key, () => this.#requests.send(new DeleteObjectCommand(this.#object(key)), signal));
  }

  #object(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#bucket, Key: key };
  }

  async #explaining<T>(operation: string, key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#explained(operation, key, error);
    }
  }

  #explained(operation: string, key: string, error: unknown): Error {
    return explained(operation, `s3://${this.#bucket}/${key}`, error);
  }
}

/** S3 does so in buckets with object lock and default retention. Its codes for this differ. */
function wantsChecksum(error: unknown): boolean {
  return statusOf(error) === 400 && /content-md5|checksum/i.test(messageOf(error));
}

function isRefusal(status: number | undefined): boolean {
  return status !== undefined && ((status >= 400 && status < 500) || status === 501);
}
