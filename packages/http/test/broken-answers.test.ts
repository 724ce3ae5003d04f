import { describe, expect, it } from "vitest";
import { httpLoader } from "../src/index.ts";
import { BROKEN_ANSWERS, ENCODERS } from "./support/broken-answers.mjs";
import { answerBytes, chunks, LAST_CHUNK, whole } from "./support/raw-server.mjs";
import { rejectionOf, setUp, source } from "./support/setting.ts";

const text = (response: Response): Promise<string> => response.text();

const BY_TITLE = BROKEN_ANSWERS.map((answer) => [answer.title, answer] as const);

describe("a source that answers wrongly", () => {
  it("does so in a hundred ways and more", () => {
    expect(BROKEN_ANSWERS.length).toBeGreaterThan(100);
    expect(new Set(BROKEN_ANSWERS.map(({ title }) => title)).size).toBe(BROKEN_ANSWERS.length);
  });

  it.each(BY_TITLE)("a source that %s is stood in for by the last good answer, and replaces nothing", async (_, { send, hangs }) => {
    const { datastore, clock } = setUp();
    const server = await source(whole("good"));
    const load = httpLoader(server.url, { parse: text, clock, maxBytes: 2 ** 20 });
    await datastore.get("key", load, 0);
    server.answer = send;
    const timeout = hangs ? 150 : "30s";
    expect(await datastore.getResult("key", load, { ttl: 0, timeout })).toMatchObject({ value: "good", source: "backup", stale: true });
    expect(await datastore.peekBackup("key")).toMatchObject({ value: "good" });
    server.answer = whole("better");
    expect(await datastore.get("key", load, { ttl: 0, timeout: "30s" })).toBe("better");
  });

  it.each(BY_TITLE.filter(([, { hangs }]) => !hangs))("a source that %s is an HttpError where nothing is kept", async (_, { send }) => {
    const { datastore } = setUp();
    const server = await source(send);
    const error = await rejectionOf(datastore.get("key", httpLoader(server.url, { maxBytes: 2 ** 20 }), 0));
    expect(error).toMatchObject({ name: "HttpError", url: server.url, message: expect.stringMatching(/^GET http:\/\/127\.0\.0\.1:\d+\/ (failed: .+|answered with HTTP status \d+.*)$/) });
  });
});

describe("a source that answers rightly", () => {
  const body = "a whole answer. ".repeat(500);

  it.each(Object.entries(ENCODERS))("an answer in %s is decoded, with a length, in chunks, and up to the end of the connection", async (name, encode) => {
    const encoded = encode(body);
    const headers = { "content-encoding": name.split(" ")[0] ?? name };
    const { datastore } = setUp();
    const server = await source(whole(encoded, headers));
    const load = httpLoader(server.url, { parse: text });
    expect(await datastore.get("a", load)).toBe(body);
    server.answer = (socket) => socket.write(answerBytes("200 OK", { ...headers, "transfer-encoding": "chunked" }, Buffer.concat([chunks(encoded), Buffer.from(LAST_CHUNK)])));
    expect(await datastore.get("b", load)).toBe(body);
    server.answer = (socket) => socket.end(answerBytes("200 OK", { ...headers, connection: "close" }, encoded));
    expect(await datastore.get("c", load)).toBe(body);
  });

  it("an answer that drips in byte by byte is read to its end", async () => {
    const { datastore } = setUp();
    const server = await source(async (socket) => {
      for (const byte of answerBytes("200 OK", { "content-length": 20 }, "it comes drop by drop")) {
        socket.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    expect(await datastore.get("key", httpLoader(server.url, { parse: text }))).toBe("it comes drop by dro");
  });

  it("an answer after early hints is taken", async () => {
    const { datastore } = setUp();
    const server = await source((socket) => socket.write(Buffer.concat([answerBytes("103 Early Hints", { link: "</a>" }), answerBytes("200 OK", { "content-length": 5 }, "hello")])));
    expect(await datastore.get("key", httpLoader(server.url, { parse: text }))).toBe("hello");
  });

  it("a body of exactly maxBytes is taken, and one of a byte more is not", async () => {
    const { datastore } = setUp();
    const server = await source(whole("12345"));
    expect(await datastore.get("key", httpLoader(server.url, { parse: text, maxBytes: 5 }))).toBe("12345");
    await expect(datastore.get("other", httpLoader(server.url, { maxBytes: 4 }))).rejects.toThrow(/more than 4 bytes/);
  });
});
