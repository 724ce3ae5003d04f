import { Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { DeleteObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it, onTestFinished } from "vitest";
import { reuseSigners } from "../src/client.ts";
import { OwnRequests } from "../src/requests.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** What a client hands to its network. */
interface Sent {
  readonly path: string;
  readonly signal: AbortSignal | undefined;
  answer(status?: number): void;
}

/** Requests of a client whose network is this test, and how often the SDK has chained its middlewares. */
function ownRequests() {
  const sent: Sent[] = [];
  const handle = ({ path }: { path: string }, { abortSignal: signal }: { abortSignal?: AbortSignal } = {}): Promise<unknown> =>
    new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
      const answer = (statusCode = 200): void => resolve({ response: { statusCode, headers: { etag: "tag" }, body: Readable.from([]) } });
      sent.push({ path, signal, answer });
    });
  const client = new S3Client({
    region: "us-east-1",
    endpoint: "http://localhost:1",
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: "id", secretAccessKey: "secret" },
    requestHandler: { handle } as never,
  });
  onTestFinished(() => client.destroy());
  const concat = client.middlewareStack.concat.bind(client.middlewareStack);
  let chained = 0;
  Object.assign(client.middlewareStack, { concat: (...all: Parameters<typeof concat>) => (chained++, concat(...all)) });
  const requests = new OwnRequests(client);
  const put = (key: string, signal?: AbortSignal): Promise<unknown> => requests.send(new PutObjectCommand({ Bucket: "bucket", Key: key, Body: "text" }), signal);
  const arrived = (count: number): Promise<unknown> => expect.poll(() => sent.length).toBe(count);
  return { requests, put, sent, arrived, chained: () => chained };
}

describe("requests of a client of our own", () => {
  it("the middlewares are chained once for requests of a kind that follow each other, and each is sent as it is", async () => {
    const { requests, put, sent, arrived, chained } = ownRequests();
    for (const [index, key] of ["one", "two", "three"].entries()) {
      const answered = put(key);
      await arrived(index + 1);
      sent[index]?.answer();
      expect(await answered).toMatchObject({ ETag: "tag" });
    }
    expect(sent.map(({ path }) => path)).toEqual(["/bucket/one", "/bucket/two", "/bucket/three"]);
    expect(chained()).toBe(1);
    const removed = requests.send(new DeleteObjectCommand({ Bucket: "bucket", Key: "one" }), undefined);
    await arrived(4);
    sent[3]?.answer();
    await removed;
    expect(chained()).toBe(2);
  });

  it("each request has its own signal, whichever came before it or is under way", async () => {
    const { put, sent, arrived } = ownRequests();
    const before = new AbortController();
    const first = put("before", before.signal);
    await arrived(1);
    sent[0]?.answer();
    await first;
    const second = put("without");
    await arrived(2);
    expect(sent[1]?.signal).toBeUndefined();
    sent[1]?.answer();
    await second;
    const [one, two] = [new AbortController(), new AbortController()];
    const written = [put("one", one.signal), put("two", two.signal)];
    await arrived(4);
    expect(sent.map(({ signal }) => signal)).toEqual([before.signal, undefined, one.signal, two.signal]);
    before.abort(new Error("too late for the first"));
    one.abort(new Error("given up"));
    await expect(written[0]).rejects.toThrow("given up");
    for (const { answer } of sent) answer();
    await Promise.all(written.slice(1));
  });

  it("a chain whose request failed is not used again: its work may not be over", async () => {
    const { put, sent, arrived, chained } = ownRequests();
    const refused = put("one");
    await arrived(1);
    sent[0]?.answer(500);
    await expect(refused).rejects.toThrow();
    const accepted = put("two");
    await arrived(2);
    sent[1]?.answer();
    await accepted;
    expect(chained()).toBe(2);
  });

  it("of a burst, 32 chains stay", async () => {
    const { put, sent, arrived, chained } = ownRequests();
    for (const burst of [1, 2]) {
      const written = Promise.all(Array.from({ length: 40 }, (_, index) => put(`${burst}-${index}`)));
      await arrived(burst * 40);
      for (const { answer } of sent) answer();
      await written;
    }
    expect(chained()).toBe(40 + 8);
  });

  it("no record is held once its request is over", async () => {
    const { requests, sent, arrived } = ownRequests();
    const send = async (): Promise<WeakRef<Uint8Array>> => {
      const bytes = new Uint8Array(1_000);
      const answered = requests.send(new PutObjectCommand({ Bucket: "bucket", Key: "key", Body: bytes }), undefined);
      await arrived(1);
      sent[0]?.answer();
      await answered;
      return new WeakRef(bytes);
    };
    const bytes = await send();
    await expect.poll(() => (collectGarbage(), bytes.deref() === undefined)).toBe(true);
  });
});

describe("signers", () => {
  /** Settings whose signers are numbers, and fail as often as told. */
  function signers(failures = 0) {
    let made = 0;
    const settings = {
      signer: async (scheme?: { signingRegion?: string }): Promise<unknown> => {
        made++;
        if (failures-- > 0) throw new Error("no region yet");
        return `signer ${made} of ${scheme?.signingRegion ?? "the default"}`;
      },
    };
    reuseSigners({ config: settings } as never);
    return settings;
  }

  it("one signer is made for each region", async () => {
    const settings = signers();
    expect(await settings.signer()).toBe("signer 1 of the default");
    expect(await settings.signer({ signingRegion: "eu-west-1" })).toBe("signer 2 of eu-west-1");
    expect(await settings.signer()).toBe("signer 1 of the default");
    expect(await settings.signer({ signingRegion: "eu-west-1" })).toBe("signer 2 of eu-west-1");
  });

  it("a signer that could not be made is made anew", async () => {
    const settings = signers(1);
    await expect(settings.signer()).rejects.toThrow("no region yet");
    expect(await settings.signer()).toBe("signer 2 of the default");
  });
});
