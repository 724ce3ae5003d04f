import { describe, expect, it } from "vitest";
import { s3Backup } from "../src/index.ts";

const MIB = 1024 * 1024;

/** A call without types, as from JavaScript. */
function call(...args: readonly unknown[]): unknown {
  return Reflect.apply(s3Backup, undefined, args);
}

describe("an argument that cannot be meant is refused at once, by its name", () => {
  it.each([
    ["no client", undefined, "client must be an S3Client or the options of one; got undefined"],
    ["a URL for a client", "s3://bucket", 'client must be an S3Client or the options of one; got "s3://bucket"'],
    ["null for a client", null, "client must be an S3Client or the options of one; got null"],
  ])("s3Backup refuses %s at once", (_, client, message) => {
    expect(() => call(client, { bucket: "b" })).toThrow(new TypeError(`s3Backup: ${message}`));
  });

  it.each([
    [undefined, "options must be an object with a bucket; got undefined"],
    ["bucket", 'options must be an object; got "bucket"'],
    [{}, "bucket must be the name of a bucket; got undefined"],
    [{ bucket: 5 }, "bucket must be the name of a bucket; got 5"],
    [{ bucket: "b", prefix: 5 }, "prefix must be a string; got 5"],
    [{ bucket: "b", generations: "3" }, 'generations must be a whole number from 2 on; got "3"'],
    [{ bucket: "b", maxBytes: true }, "maxBytes must be a whole number from 1 on; got true"],
    [{ bucket: "b", putObject: "aws:kms" }, 'putObject must be an object; got "aws:kms"'],
    [{ bucket: "b", putObject: { StorageClass: 5 } }, "putObject.StorageClass must be of type string; got 5"],
    [{ bucket: "b", putObject: { BucketKeyEnabled: "yes" } }, 'putObject.BucketKeyEnabled must be of type boolean; got "yes"'],
    [{ bucket: "b", Prefix: "a" }, 'options must be among bucket, prefix, generations, maxBytes, putObject; got "Prefix"'],
  ])("s3Backup refuses options of the wrong type at once: %j", (options, message) => {
    expect(() => call({}, options)).toThrow(new TypeError(`s3Backup: ${message}`));
  });

  it.each([
    [{ bucket: "" }, 'bucket must be the name of a bucket, without "s3://", and with the prefix as an option of its own; got ""'],
    [{ bucket: "s3://bucket" }, '; got "s3://bucket"'],
    [{ bucket: "user:secret@bucket" }, 'bucket must be a name alone; got one with "@" or ":". The SDK finds credentials in the environment'],
    [{ bucket: "bucket/prefix" }, 'with the prefix as an option of its own; got "bucket/prefix"'],
    [{ bucket: "fast--use1-az4--x-s3" }, 'bucket must be a general purpose bucket, since a directory bucket lists names in no order; got "fast--use1'],
    [{ bucket: "b", prefix: "/a" }, 'prefix must be a path without "/" at its beginning, '],
    [{ bucket: "b", prefix: "a//b" }, '; got "a//b"'],
    [{ bucket: "b", prefix: "a///" }, '; got "a///"'],
    [{ bucket: "b", prefix: "a/../b" }, '; got "a/../b"'],
    [{ bucket: "b", prefix: "a\n" }, "control characters"],
    [{ bucket: "b", prefix: "ü".repeat(445) }, "prefix must be at most 890 bytes long"],
    [{ bucket: "b", generations: 1 }, "generations must be a whole number from 2 on; got 1"],
    [{ bucket: "b", generations: 2.5 }, "generations must be a whole number from 2 on; got 2.5"],
    [{ bucket: "b", maxBytes: 0 }, "maxBytes must be a whole number from 1 on; got 0"],
    [{ bucket: "b", maxBytes: Infinity }, "maxBytes must be a whole number from 1 on; got Infinity"],
    [{ bucket: "b", putObject: { Key: "mine" } }, 'putObject must be among ACL, BucketKeyEnabled, '],
    [{ bucket: "b", putObject: { SSECustomerKey: "secret" } }, '; got "SSECustomerKey"'],
    [{ bucket: "b", putObject: { StorageClass: "DEEP_ARCHIVE" } }, 'putObject.StorageClass must be one that is read at once, such as GLACIER_IR; got "DEEP_ARCHIVE"'],
  ])("s3Backup refuses options with a wrong value at once: %j", (options, message) => {
    expect(() => call({}, options)).toThrow(RangeError);
    expect(() => call({}, options)).toThrow(message);
  });

  it.each([
    [{ region: 5 }, 'region must be a string such as "eu-west-1"; got 5'],
    [{ forcePathStyle: "yes" }, 'forcePathStyle must be true or false; got "yes"'],
  ])("s3Backup refuses client options of the wrong type at once: %j", (config, message) => {
    expect(() => call(config, { bucket: "b" })).toThrow(new TypeError(`s3Backup: ${message}`));
  });

  it.each(["", "localhost:9000", "s3.example.com", "http://", "ftp://user:secret@host"])("s3Backup refuses an endpoint that is not an HTTP URL: %j", (endpoint) => {
    const message = 's3Backup: endpoint must be a URL such as "https://s3.example.com:9000"; got one that is not of HTTP';
    expect(() => call({ endpoint }, { bucket: "b" })).toThrow(new RangeError(message));
  });

  it("s3Backup accepts correct arguments", () => {
    const bucket = "arn:aws:s3:eu-west-1:123456789012:accesspoint/feeds";
    const putObject = { StorageClass: "GLACIER_IR", Tagging: undefined } as const;
    const options = [{ bucket }, { bucket: "My_old.bucket" }, { bucket, prefix: "", generations: 100, maxBytes: 5 * MIB, putObject }];
    for (const each of [...options, { bucket, prefix: undefined, generations: undefined, maxBytes: undefined, putObject: undefined }]) {
      expect(s3Backup({}, each).name).toBe("s3");
    }
  });
});

describe("by a URL", () => {
  const plain = { scheme: "s3", location: "//bucket/a/b", options: {} };

  it("a URL names the bucket and the prefix, and its query the options", () => {
    const options = { region: "eu-west-1", endpoint: "https://s3.example.com", forcePathStyle: true, generations: 3, maxBytes: 9 };
    for (const location of ["//bucket", "//bucket/", "//bucket/a/b", "//bucket/a/b/"]) {
      expect(s3Backup.fromUrl({ ...plain, location, options }).name).toBe("s3");
    }
    expect(s3Backup.schemes).toEqual(["s3"]);
    expect(new Set(s3Backup.urlOptions)).toEqual(new Set(Object.keys(options)));
  });

  it.each([
    ["//", {}, "bucket must be the name of a bucket"],
    ["bucket", {}, "bucket must be the name of a bucket"],
    ["//bucket//a", {}, 'prefix must be a path without "/" at its beginning'],
    ["//bucket/a", { generations: 1 }, "generations must be a whole number"],
    ["//bucket/a", { maxBytes: "all" }, "maxBytes must be a whole number"],
    ["//bucket/a", { endpoint: "localhost:9000" }, "endpoint must be a URL"],
    ["//bucket/a", { region: "" }, "region must be a string such as"],
    ["//bucket/a", { endpoint: "https://s3.example.com/?x=1" }, "endpoint must be a URL such as"],
    ["//bucket/a", { endpoint: "https://s3.example.com/#x" }, "endpoint must be a URL such as"],
    ["//bucket:9000/a", {}, "bucket must be a name alone"],
    ["//bucket/a", { forcePathStyle: 1 }, "forcePathStyle must be true or false"],
  ])("s3:%s with %j is refused", (location, options, message) => {
    expect(() => s3Backup.fromUrl({ ...plain, location, options })).toThrow(`s3Backup: ${message}`);
  });

  it.each([
    ["//key:secret@bucket/a", {}],
    ["//key:secret/a", {}],
    ["//bucket/a", { endpoint: "https://key:secret@s3.example.com" }],
    ["//bucket/a", { endpoint: "https://secret@s3.example.com" }],
    ["//bucket/a", { endpoint: "https://key:secret@s3.example.com:port" }],
    ["//bucket/a", { endpoint: "key:secret@s3.example.com" }],
  ])("s3:%s with %j has a password in it and is refused, and the password is not shown", (location, options) => {
    expect(() => s3Backup.fromUrl({ ...plain, location, options })).toThrow(/^s3Backup: (?:bucket|endpoint) must be (?!.*secret)/);
  });
});
