import { createHash, randomUUID } from "node:crypto";
import { Agent } from "node:http";
import {
  CreateBucketCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketEncryptionCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { s3Backup } from "../src/index.ts";
import { type Asked, interpose, type Interposer, reply } from "./support/interposer.ts";
import { listed, opened, readText, S3Server, write } from "./support/store.ts";

let server: S3Server;
beforeAll(async () => {
  server = await S3Server.start();
});
afterAll(() => server.stop());

async function versionedBucket(): Promise<string> {
  const Bucket = await server.newBucket();
  await server.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
  return Bucket;
}

/** Objects of this bucket cannot be deleted for a day, by anybody. */
async function lockedBucket(): Promise<string> {
  const Bucket = `bucket-${randomUUID()}`;
  await server.client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  const Rule = { DefaultRetention: { Mode: "COMPLIANCE", Days: 1 } } as const;
  await server.client.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration: { ObjectLockEnabled: "Enabled", Rule } }));
  return Bucket;
}

async function encryptedBucket(): Promise<string> {
  const Bucket = await server.newBucket();
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }] as const;
  await server.client.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [...Rules] } }));
  return Bucket;
}

/** What a store promises, in short. */
async function expectWorking(bucket: string, config = server.config, prefix = "p"): Promise<void> {
  const backup = opened(config, { bucket, prefix });
  for (const loadedAt of [1, 3, 2, 4]) await write(backup, "id", loadedAt);
  expect(await readText(backup, "id")).toBe("id 4");
  expect(await readText(backup, "id", 4)).toBe("id 3");
  await write(backup, "id", 4, "again");
  expect(await readText(backup, "id")).toBe("again");
  await backup.touch("id", { usedAt: 9 });
  expect(await listed(backup)).toEqual([{ id: "id", loadedAt: 4, usedAt: 9, size: 5 }]);
  await write(backup, "other", 1);
  expect(await backup.delete("id")).toBe(true);
  expect(await backup.delete("id")).toBe(false);
  expect(await readText(backup, "id")).toBeUndefined();
  expect(await listed(backup)).toMatchObject([{ id: "other" }]);
  await write(backup, "id", 2);
  expect(await readText(backup, "id")).toBe("id 2");
}

describe("buckets as people have them", () => {
  it.each([
    ["versioning", versionedBucket],
    ["object lock and default retention", lockedBucket],
    ["default encryption", encryptedBucket],
  ])("a bucket with %s keeps, reads, lists and deletes as every bucket does", async (_, newBucket) => expectWorking(await newBucket()));

  it("the older versions of a versioned bucket are never read, nor listed", async () => {
    const bucket = await versionedBucket();
    const backup = opened(server.config, { bucket });
    await write(backup, "id", 1);
    await backup.delete("id");
    const { Versions = [], DeleteMarkers = [] } = await server.client.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    expect([Versions.length, DeleteMarkers.length]).toEqual([1, 1]);
    expect(await backup.read("id")).toBeUndefined();
    expect(await listed(backup)).toEqual([]);
  });

  it("objects in a bucket with default encryption are encrypted", async () => {
    const bucket = await encryptedBucket();
    await write(opened(server.config, { bucket }), "id", 1);
    const [Key = ""] = await server.keysIn(bucket);
    expect(await server.client.send(new HeadObjectCommand({ Bucket: bucket, Key }))).toMatchObject({ ServerSideEncryption: "AES256" });
  });

  it.each(["plus+plus", "50% off", "100%25", "two  spaces", "ünïcödé/日本語/🙂", "a=b&c=d?e#f", "~tilde*(star)!'quote\"", "back\\slash", "+", "%", "%2F", "é"])(
    "a store with the prefix %j keeps, reads, lists and deletes, and another with a similar one does not see it",
    async (prefix) => {
      const bucket = await server.newBucket();
      await expectWorking(bucket, server.config, prefix);
      for (const similar of [encodeURIComponent(prefix), prefix.replaceAll("+", " "), prefix.normalize("NFD"), prefix.replaceAll("%", "%25")]) {
        if (similar !== prefix) expect(await listed(opened(server.config, { bucket, prefix: similar }))).toEqual([]);
      }
    },
  );

  it("an object's name begins with the prefix as it was written", async () => {
    const bucket = await server.newBucket();
    await write(opened(server.config, { bucket, prefix: "50% off/a+b/ü" }), "id", 1);
    expect(await server.keysIn(bucket)).toEqual([expect.stringMatching(/^50% off\/a\+b\/ü\/id\//)]);
  });

  it("a URL writes % ? and # of a prefix in percent-encoding, and other letters as they are or in it", async () => {
    const bucket = await server.newBucket();
    const { credentials, ...options } = { ...server.config };
    const fromUrl = (prefix: string) => s3Backup.fromUrl({ scheme: "s3", location: `//${bucket}/${prefix}`, options: { ...options, credentials } as never });
    for (const written of ["50%25%20off/a+b/ü%3F%23", "50%25 off/a%2Bb/%C3%BC%3f%23/"]) {
      const backup = fromUrl(written);
      await write(backup, "id", 1);
      await backup.close?.();
      expect(await server.keysIn(bucket)).toEqual([expect.stringMatching(/^50% off\/a\+b\/ü\?#\/id\//)]);
    }
    expect(() => fromUrl("50%")).toThrow("s3Backup: the prefix of the URL must be percent-encoded: a % that is meant is written %25");
  });

  it("a client with virtual-hosted addresses puts the bucket into the host, and one with path style into the path", async () => {
    const bucket = await server.newBucket();
    const hosts = new Set<string>();
    const between = await interpose(server.service.url);
    between.before = ({ request, response }) => {
      hosts.add(`${request.headers.host?.replace(/:\d+$/, "")} ${request.url?.split("?")[0]}`);
      response.writeHead(500, { "content-length": 0 }).end();
      return true;
    };
    const port = new URL(between.url).port;
    const httpAgent = new Agent({ lookup: (_host, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]) });
    const config = { ...server.config, endpoint: `http://s3.test:${port}`, requestHandler: { httpAgent } };
    for (const forcePathStyle of [false, true]) {
      await expect(Promise.resolve(opened({ ...config, forcePathStyle }, { bucket }).read("id"))).rejects.toThrow("status 500");
    }
    expect([...hosts]).toEqual([`${bucket}.s3.test /`, `s3.test /${bucket}/`]);
  });
});

describe("another region", () => {
  it("a bucket in another region is used by a client of that region", async () => {
    const config = { ...server.config, region: "eu-central-1" };
    const client = new S3Client(config);
    onTestFinished(() => client.destroy());
    const Bucket = `bucket-${randomUUID()}`;
    await client.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }));
    await expectWorking(Bucket, config);
  });

  /** Answers requests that are signed for another region as S3 does. */
  async function inRegion(region: string): Promise<Interposer> {
    const between = await interpose(server.service.url);
    between.before = (asked: Asked) => {
      if (asked.request.headers.authorization?.includes(`/${region}/s3/`)) return false;
      asked.response.setHeader("x-amz-bucket-region", region);
      return reply(asked, 301, "<Error><Code>PermanentRedirect</Code><Message>The bucket you are attempting to access must be addressed using the specified endpoint.</Message></Error>");
    };
    return between;
  }

  it("the adapter's own client follows a bucket to the region that S3 names", async () => {
    const between = await inRegion("eu-west-1");
    await expectWorking(await server.newBucket(), { ...server.config, endpoint: between.url });
  });

  it("a client of the user that does not follow gets an error that names the region", async () => {
    const between = await inRegion("eu-west-1");
    const client = new S3Client({ ...server.config, endpoint: between.url });
    onTestFinished(() => client.destroy());
    const backup = s3Backup(client, { bucket: await server.newBucket() });
    await expect(Promise.resolve(backup.read("id"))).rejects.toThrow("the bucket is in the region eu-west-1, and the client in another");
  });

  it("an endpoint that refuses the signature of another region is an error that names the region", async () => {
    const between = await interpose(server.service.url);
    between.before = (asked) =>
      reply(asked, 400, "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'us-east-1' is wrong</Message><Region>eu-west-1</Region></Error>");
    const backup = opened({ ...server.config, endpoint: between.url }, { bucket: await server.newBucket() });
    await expect(Promise.resolve(backup.read("id"))).rejects.toThrow("the bucket is in the region eu-west-1, and the client in another");
  });
});

describe("servers that want checksums", () => {
  const REFUSAL =
    "<Error><Code>InvalidRequest</Code><Message>Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters</Message></Error>";

  /** Refuses what S3 refuses in a bucket with object lock. The emulator takes it. */
  async function locked(): Promise<Interposer & { readonly refused: () => number }> {
    const between = await interpose(server.service.url);
    let refused = 0;
    between.before = (asked) => {
      const hasChecksum = Object.keys(asked.request.headers).some((name) => name.startsWith("x-amz-checksum-") || name === "content-md5");
      if (asked.operation !== "PutObject" || hasChecksum) return false;
      refused++;
      return reply(asked, 400, REFUSAL);
    };
    return Object.assign(between, { refused: () => refused });
  }

  it("a put that is refused for its lack of a checksum is sent again with one, and so are all later ones at once", async () => {
    const between = await locked();
    const bucket = await lockedBucket();
    await expectWorking(bucket, { ...server.config, endpoint: between.url });
    expect(between.refused()).toBe(1);
  });

  it("many puts at once are all stored, though each is refused at first", async () => {
    const between = await locked();
    const backup = opened({ ...server.config, endpoint: between.url }, { bucket: await lockedBucket() });
    const ids = Array.from({ length: 40 }, (_, index) => `id-${index}`);
    await Promise.all(ids.map((id) => write(backup, id, 1)));
    expect(await listed(backup)).toHaveLength(40);
  });

  it("a put that is refused for another reason is sent once, and fails", async () => {
    const between = await interpose(server.service.url);
    between.before = (asked) => asked.operation === "PutObject" && reply(asked, 400, "<Error><Code>InvalidRequest</Code><Message>No.</Message></Error>");
    const backup = opened({ ...server.config, endpoint: between.url }, { bucket: await server.newBucket() });
    await expect(write(backup, "id", 1)).rejects.toThrow("InvalidRequest, status 400, No.");
    expect(between.asked.filter((line) => line.startsWith("PutObject"))).toHaveLength(1);
  });

  it("a DeleteObjects has a checksum, and a server that refuses it gets deletes one by one", async () => {
    const between = await interpose(server.service.url);
    const sums: (string | string[] | undefined)[] = [];
    between.before = (asked) => {
      if (asked.operation !== "DeleteObjects") return false;
      const { headers } = asked.request;
      sums.push(headers["content-md5"] ?? Object.keys(headers).find((name) => name.startsWith("x-amz-checksum-")));
      return reply(asked, 400, "<Error><Code>InvalidRequest</Code><Message>Missing required header for this request: Content-MD5</Message></Error>");
    };
    await expectWorking(await server.newBucket(), { ...server.config, endpoint: between.url });
    expect(sums.length).toBeGreaterThan(0);
    expect(sums).not.toContain(undefined);
  });

  it("a put with a checksum of the user's choice keeps that one", async () => {
    const between = await locked();
    const sums: Record<string, unknown>[] = [];
    const { before } = between;
    between.before = (asked) => {
      const { headers } = asked.request;
      if (asked.operation === "PutObject") sums.push(Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-amz-checksum-"))));
      return before(asked);
    };
    const backup = opened({ ...server.config, endpoint: between.url }, { bucket: await lockedBucket(), putObject: { ChecksumAlgorithm: "SHA256" } });
    await write(backup, "id", 1);
    expect(sums).toEqual([{ "x-amz-checksum-sha256": createHash("sha256").update("id 1").digest("base64") }]);
  });
});
