import type { PutObjectCommandInput } from "@aws-sdk/client-s3";
import { LONGEST_NAME } from "./keys.ts";

export interface S3BackupOptions {
  /** The name of a bucket that exists, or the ARN of an access point. */
  readonly bucket: string;
  /**
   * What the name of every object begins with, such as `"backups/feeds"`. A `/` at its end is added if it is not there,
   * so that no store is within another one's prefix by accident. Stores of different prefixes do not see each other.
   * @default ""
   */
  readonly prefix?: string | undefined;
  /**
   * How many records each id keeps, the newest ones. A whole number, at least 2: the one before the newest is what
   * answers when the newest cannot be read.
   * @default 2
   */
  readonly generations?: number | undefined;
  /**
   * The largest record, in bytes. A larger one is refused by `write`, and is an error to `read`, which would have to
   * bring it into memory.
   * @default 268435456 (256 MiB)
   */
  readonly maxBytes?: number | undefined;
  /**
   * Goes into every PutObject as it is: server-side encryption, storage class, tags …
   * @default {}
   */
  readonly putObject?: PutObjectOptions | undefined;
}

/**
 * Named and spelled as in the SDK. The keys of customers (SSE-C) are not among them: reads would need them too, and a
 * codec that encrypts does more.
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

/** What `typeof` says of each. */
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
  /** Empty, or with a `/` at its end. */
  readonly prefix: string;
  readonly generations: number;
  readonly maxBytes: number;
  readonly putObject: PutObjectOptions;
}

export function settingsFrom(options: unknown): Settings {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`s3Backup: options must be an object with a bucket, not ${shown(options)}`);
  }
  const { bucket, prefix, generations, maxBytes, putObject }: Record<string, unknown> = { ...options };
  return {
    bucket: checkedBucket(bucket),
    prefix: checkedPrefix(prefix ?? ""),
    generations: wholeNumber("generations", generations ?? 2, 2),
    maxBytes: wholeNumber("maxBytes", maxBytes ?? 256 * 1024 * 1024, 1),
    putObject: checkedPutObject(putObject ?? {}),
  };
}

function checkedBucket(bucket: unknown): string {
  if (typeof bucket !== "string") {
    throw new TypeError(`s3Backup: bucket must be a string, not ${shown(bucket)}: give the bucket's name`);
  }
  // Not shown: it may be the half of a URL that has a password.
  if (bucket.includes("@")) {
    throw new RangeError("s3Backup: bucket has an @ in it: give the name alone; the SDK finds credentials in the environment");
  }
  if (!/^(?:[\w.-]+|arn:.+)$/.test(bucket)) {
    throw new RangeError(
      `s3Backup: bucket ${shown(bucket)} is no name of a bucket: give the name alone, without "s3://", and prefix as an option`,
    );
  }
  if (bucket.endsWith("--x-s3")) {
    throw new RangeError(
      `s3Backup: bucket ${shown(bucket)} is a directory bucket, which lists names in no order: use a general purpose one`,
    );
  }
  return bucket;
}

function checkedPrefix(prefix: unknown): string {
  if (typeof prefix !== "string") {
    throw new TypeError(`s3Backup: prefix must be a string, not ${shown(prefix)}: leave it out for the whole bucket`);
  }
  if (prefix === "") return prefix;
  const withSlash = prefix.endsWith("/") ? prefix : `${prefix}/`;
  const parts = withSlash.slice(0, -1).split("/");
  if (/\p{Cc}/u.test(prefix) || parts.some((part) => ["", ".", ".."].includes(part))) {
    throw new RangeError(
      `s3Backup: prefix ${shown(prefix)} must not have "/" at its beginning, "//", "." or ".." as a part, or control characters`,
    );
  }
  const most = 1024 - LONGEST_NAME;
  if (Buffer.byteLength(withSlash) > most) {
    throw new RangeError(`s3Backup: prefix is over ${most} bytes: no room is left for names`);
  }
  return withSlash;
}

function checkedPutObject(putObject: unknown): PutObjectOptions {
  if (typeof putObject !== "object" || putObject === null) {
    throw new TypeError(`s3Backup: putObject must be an object, not ${shown(putObject)}: leave it out for none`);
  }
  for (const [name, value] of Object.entries(putObject)) checkPutObjectOption(name, value);
  return { ...putObject };
}

function checkPutObjectOption(name: string, value: unknown): void {
  const [, type] = Object.entries(PUT_OBJECT_TYPES).find(([known]) => known === name) ?? [];
  if (type === undefined) {
    throw new RangeError(`s3Backup: putObject takes no ${shown(name)}: it takes ${Object.keys(PUT_OBJECT_TYPES).join(", ")}`);
  }
  if (value !== undefined && typeof value !== type) {
    throw new TypeError(`s3Backup: putObject.${name} must be a ${type}, not ${shown(value)}`);
  }
  if (name === "StorageClass" && (value === "GLACIER" || value === "DEEP_ARCHIVE")) {
    throw new RangeError(
      `s3Backup: putObject.StorageClass ${value} takes hours to read: choose one that answers at once, such as GLACIER_IR`,
    );
  }
}

function wholeNumber(name: string, value: unknown, least: number): number {
  if (typeof value !== "number") {
    throw new TypeError(`s3Backup: ${name} must be a number, not ${shown(value)}: leave it out for the default`);
  }
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`s3Backup: ${name} must be a whole number, at least ${least}, not ${value}: leave it out for the default`);
  }
  return value;
}

export function shown(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : `a value of type ${typeof value}`;
}
