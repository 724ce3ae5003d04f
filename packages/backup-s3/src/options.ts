import type { PutObjectCommandInput } from "@aws-sdk/client-s3";
import { type OptionChecks, optionChecks } from "@lastgood/core/adapter";
import { LONGEST_NAME } from "./keys.ts";

/** The options of `s3Backup`. */
export interface S3BackupOptions {
  /** The name of a bucket that exists, or the ARN of an access point. */
  readonly bucket: string;
  /**
   * The beginning of every object's name, such as `"backups/feeds"`. A missing `/` at its end is added, so that no store
   * falls under the prefix of another by accident. Stores with different prefixes do not see each other.
   * @default ""
   */
  readonly prefix?: string | undefined;
  /**
   * How many of the newest records each id keeps. A whole number from 2 on, because the record before the newest answers
   * if the newest cannot be read.
   * @default 2
   */
  readonly generations?: number | undefined;
  /**
   * The largest record, in bytes. `write` refuses a larger one, and `read` throws instead of bringing it into memory.
   * @default 268435456 (256 MiB)
   */
  readonly maxBytes?: number | undefined;
  /**
   * Options for every PutObject: server-side encryption, storage class, tags …
   * @default {}
   */
  readonly putObject?: PutObjectOptions | undefined;
}

/**
 * Options of PutObject, with the SDK's names. SSE-C is left out: reads would need its keys too, and an encrypting codec
 * does more.
 */
export type PutObjectOptions = Readonly<
  Pick<
    PutObjectCommandInput,
    | "ACL"
    | "BucketKeyEnabled"
    | "CacheControl"
    | "ChecksumAlgorithm"
    | "ContentType"
    | "ExpectedBucketOwner"
    | "GrantFullControl"
    | "GrantRead"
    | "GrantReadACP"
    | "GrantWriteACP"
    | "Metadata"
    | "ServerSideEncryption"
    | "SSEKMSEncryptionContext"
    | "SSEKMSKeyId"
    | "StorageClass"
    | "Tagging"
  >
>;

/** The `typeof` of each option. */
const PUT_OBJECT_TYPES: Readonly<Record<keyof PutObjectOptions, string>> = {
  ACL: "string",
  BucketKeyEnabled: "boolean",
  CacheControl: "string",
  ChecksumAlgorithm: "string",
  ContentType: "string",
  ExpectedBucketOwner: "string",
  GrantFullControl: "string",
  GrantRead: "string",
  GrantReadACP: "string",
  GrantWriteACP: "string",
  Metadata: "object",
  ServerSideEncryption: "string",
  SSEKMSEncryptionContext: "string",
  SSEKMSKeyId: "string",
  StorageClass: "string",
  Tagging: "string",
};

export interface Settings {
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
  readonly generations: number;
  readonly maxBytes: number;
  readonly putObject: PutObjectOptions;
}

export const check: OptionChecks = optionChecks("s3Backup");

export function settingsFrom(given: unknown): Settings {
  if (given === undefined) throw check.wrongType("options", "an object with a bucket", given);
  const options = check.options(given, ["bucket", "prefix", "generations", "maxBytes", "putObject"]);
  return {
    bucket: checkedBucket(options["bucket"]),
    prefix: checkedPrefix(options["prefix"] ?? ""),
    generations: check.wholeNumber("generations", options["generations"] ?? 2, 2),
    maxBytes: check.wholeNumber("maxBytes", options["maxBytes"] ?? 256 * 1024 * 1024, 1),
    putObject: checkedPutObject(options["putObject"] ?? {}),
  };
}

function checkedBucket(given: unknown): string {
  const bucket = check.string("bucket", given, "the name of a bucket");
  // Not shown, because it may be part of a URL with a password.
  if (bucket.includes("@") || (/:(?!\/\/)/.test(bucket) && !bucket.startsWith("arn:"))) {
    throw new RangeError('s3Backup: bucket must be a name alone; got one with "@" or ":". The SDK finds credentials in the environment');
  }
  if (!/^(?:[\w.-]+|arn:.+)$/.test(bucket)) {
    throw check.wrongValue("bucket", 'the name of a bucket, without "s3://", and with the prefix as an option of its own', bucket);
  }
  if (bucket.endsWith("--x-s3")) {
    throw check.wrongValue("bucket", "a general purpose bucket, since a directory bucket lists names in no order", bucket);
  }
  return bucket;
}

function checkedPrefix(given: unknown): string {
  const prefix = check.string("prefix", given);
  if (prefix === "") return prefix;
  const withSlash = prefix.endsWith("/") ? prefix : `${prefix}/`;
  const parts = withSlash.slice(0, -1).split("/");
  if (/\p{Cc}/u.test(prefix) || parts.some((part) => ["", ".", ".."].includes(part))) {
    throw check.wrongValue("prefix", 'a path without "/" at its beginning, "//", "." or ".." as a part, or control characters', prefix);
  }
  const most = 1024 - LONGEST_NAME;
  if (Buffer.byteLength(withSlash) > most) {
    throw check.wrongValue("prefix", `at most ${most} bytes long, so that names have room`, prefix);
  }
  return withSlash;
}

function checkedPutObject(putObject: unknown): PutObjectOptions {
  if (typeof putObject !== "object" || putObject === null) throw check.wrongType("putObject", "an object", putObject);
  for (const [name, value] of Object.entries(putObject)) checkPutObjectOption(name, value);
  return { ...putObject };
}

function checkPutObjectOption(name: string, value: unknown): void {
  const [, type] = Object.entries(PUT_OBJECT_TYPES).find(([known]) => known === name) ?? [];
  if (type === undefined) {
    throw check.wrongValue("putObject", `among ${Object.keys(PUT_OBJECT_TYPES).join(", ")}`, name);
  }
  if (value !== undefined && typeof value !== type) throw check.wrongType(`putObject.${name}`, `of type ${type}`, value);
  if (name === "StorageClass" && (value === "GLACIER" || value === "DEEP_ARCHIVE")) {
    throw check.wrongValue("putObject.StorageClass", "one that is read at once, such as GLACIER_IR", value);
  }
}
