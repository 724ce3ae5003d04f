import { describe, expect, it } from "vitest";
import { s3Backup } from "../src/index.ts";

const MIB = 1024 * 1024;

/** As a program without types may call it. */
function call(...args: readonly unknown[]): unknown {
  return Reflect.apply(s3Backup, undefined, args);
}

describe("an argument that cannot be meant is refused at once, by its name", () => {
  it.each([
    ["no client", undefined, "the first argument must be an S3Client or the options of one, not undefined"],
    ["a URL for a client", "s3://bucket", 'the first argument must be an S3Client or the options of one, not "s3://bucket"'],
    ["null for a client", null, "the first argument must be an S3Client or the options of one, not null"],
  ])("%s", (_, client, message) => {
    expect(() => call(client, { bucket: "b" })).toThrow(new TypeError(`s3Backup: ${message}`));
  });

  it.each([
    [undefined, "options must be an object with a bucket, not undefined"],
    ["bucket", 'options must be an object with a bucket, not "bucket"'],
    [{}, "bucket must be a string, not undefined: give the bucket's name"],
    [{ bucket: 5 }, "bucket must be a string, not a value of type number: give the bucket's name"],
    [{ bucket: "b", prefix: 5 }, "prefix must be a string, not a value of type number: leave it out for the whole bucket"],
    [{ bucket: "b", generations: "3" }, 'generations must be a number, not "3": leave it out for the default'],
    [{ bucket: "b", maxBytes: true }, "maxBytes must be a number, not a value of type boolean: leave it out for the default"],
    [{ bucket: "b", putObject: "aws:kms" }, 'putObject must be an object, not "aws:kms": leave it out for none'],
    [{ bucket: "b", putObject: { StorageClass: 5 } }, "putObject.StorageClass must be a string, not a value of type number"],
    [{ bucket: "b", putObject: { BucketKeyEnabled: "yes" } }, 'putObject.BucketKeyEnabled must be a boolean, not "yes"'],
  ])("the wrong type: %j", (options, message) => {
    expect(() => call({}, options)).toThrow(new TypeError(`s3Backup: ${message}`));
  });

  it.each([
    [{ bucket: "" }, 'bucket "" is no name of a bucket'],
    [{ bucket: "s3://bucket" }, 'bucket "s3://bucket" is no name of a bucket: give the name alone, without "s3://"'],
    [{ bucket: "user:secret@bucket" }, "bucket has an @ in it: give the name alone; the SDK finds credentials in the environment"],
    [{ bucket: "bucket/prefix" }, "give the name alone, without \"s3://\", and prefix as an option"],
    [{ bucket: "fast--use1-az4--x-s3" }, "is a directory bucket, which lists names in no order"],
    [{ bucket: "b", prefix: "/a" }, 'prefix "/a" must not have "/" at its beginning'],
    [{ bucket: "b", prefix: "a//b" }, 'prefix "a//b" must not'],
    [{ bucket: "b", prefix: "a///" }, 'prefix "a///" must not'],
    [{ bucket: "b", prefix: "a/../b" }, 'prefix "a/../b" must not'],
    [{ bucket: "b", prefix: "a\n" }, "control characters"],
    [{ bucket: "b", prefix: "ü".repeat(445) }, "prefix is over 890 bytes"],
    [{ bucket: "b", generations: 1 }, "generations must be a whole number, at least 2, not 1"],
    [{ bucket: "b", generations: 2.5 }, "generations must be a whole number, at least 2, not 2.5"],
    [{ bucket: "b", maxBytes: 0 }, "maxBytes must be a whole number, at least 1, not 0"],
    [{ bucket: "b", maxBytes: Infinity }, "maxBytes must be a whole number, at least 1, not Infinity"],
    [{ bucket: "b", putObject: { Key: "mine" } }, 'putObject takes no "Key": it takes ACL, '],
    [{ bucket: "b", putObject: { SSECustomerKey: "secret" } }, 'putObject takes no "SSECustomerKey"'],
    [{ bucket: "b", putObject: { StorageClass: "DEEP_ARCHIVE" } }, "putObject.StorageClass DEEP_ARCHIVE takes hours to read"],
  ])("a wrong value: %j", (options, message) => {
    expect(() => call({}, options)).toThrow(RangeError);
    expect(() => call({}, options)).toThrow(message);
  });

  it.each([
    [{ region: 5 }, 'region must be a string such as "eu-west-1", not a value of type number'],
    [{ forcePathStyle: "yes" }, 'forcePathStyle must be true or false, not "yes"'],
  ])("the wrong type of an option of the client: %j", (config, message) => {
    expect(() => call(config, { bucket: "b" })).toThrow(new TypeError(`s3Backup: ${message}`));
  });

  it.each(["", "localhost:9000", "s3.example.com", "http://", "ftp://user:secret@host"])("an endpoint that is no URL of HTTP: %j", (endpoint) => {
    const message = "s3Backup: endpoint is no URL of HTTP: give one such as https://s3.example.com:9000";
    expect(() => call({ endpoint }, { bucket: "b" })).toThrow(new RangeError(message));
  });

  it("what can be meant is not refused", () => {
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

  it("has the bucket and the prefix from where they stand, and the rest from the query", () => {
    const options = { region: "eu-west-1", endpoint: "https://s3.example.com", forcePathStyle: true, generations: 3, maxBytes: 9 };
    for (const location of ["//bucket", "//bucket/", "//bucket/a/b", "//bucket/a/b/"]) {
      expect(s3Backup.fromUrl({ ...plain, location, options }).name).toBe("s3");
    }
    expect(s3Backup.schemes).toEqual(["s3"]);
    expect(new Set(s3Backup.urlOptions)).toEqual(new Set(Object.keys(options)));
  });

  it.each([
    ["//", {}, 'bucket "" is no name of a bucket'],
    ["bucket", {}, 'bucket "" is no name of a bucket'],
    ["//bucket//a", {}, 'prefix "/a" must not have "/" at its beginning'],
    ["//bucket/a", { generations: 1 }, "generations must be a whole number"],
    ["//bucket/a", { maxBytes: "all" }, "maxBytes must be a number"],
    ["//bucket/a", { endpoint: "localhost:9000" }, "endpoint is no URL of HTTP"],
    ["//bucket/a", { forcePathStyle: 1 }, "forcePathStyle must be true or false"],
  ])("s3:%s with %j is refused", (location, options, message) => {
    expect(() => s3Backup.fromUrl({ ...plain, location, options })).toThrow(`s3Backup: ${message}`);
  });

  it("with a password in it is refused, and the password not told", () => {
    const withPassword = { ...plain, location: "//key:secret@bucket/a" };
    expect(() => s3Backup.fromUrl(withPassword)).toThrow(/^(?!.*secret).*bucket has an @ in it/);
  });
});
