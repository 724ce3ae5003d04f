import { describe, expect, it } from "vitest";
import { lastGoodFetch } from "../src/index.ts";
import { whole } from "./support/raw-server.mjs";
import { setUp, source } from "./support/setting.ts";

const BODY = '\ufeff{"a":"ü"}';

/** The same answer from the platform and from what is kept. */
async function both(type = "application/json"): Promise<[platform: () => Promise<Response>, kept: () => Promise<Response>]> {
  const { datastore, clock } = setUp();
  const server = await source(whole(BODY, { "cache-control": "max-age=60", "content-type": type }));
  const kept = lastGoodFetch(datastore, { clock });
  await kept(server.url);
  return [() => fetch(server.url), () => kept(server.url)];
}

async function outcomeOf(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    return Object.getPrototypeOf(error) === TypeError.prototype ? "TypeError" : error;
  }
}

async function readAll(stream: ReadableStream<Uint8Array> | null): Promise<string> {
  return await new Response(stream).text();
}

/** The types of Node 20 do not know of it. */
async function bytesOf(response: Response): Promise<Uint8Array> {
  return await (response as Response & { bytes(): Promise<Uint8Array> }).bytes();
}

type Use = (response: Response) => unknown;

/** What a program may do with a response, in turn. */
const USES: readonly (readonly [title: string, uses: readonly Use[]])[] = [
  ["text", [(response) => response.text(), (response) => response.bodyUsed]],
  ["JSON", [(response) => response.json(), (response) => response.bodyUsed]],
  ["an ArrayBuffer", [(response) => response.arrayBuffer(), (response) => response.bodyUsed]],
  ["a Blob and its type", [async (response) => ((blob) => [blob.size, blob.type])(await response.blob()), (response) => response.bodyUsed]],
  ["its stream", [(response) => readAll(response.body), (response) => response.bodyUsed]],
  ["the same twice", [(response) => response.text(), (response) => response.text(), (response) => response.json(), (response) => response.arrayBuffer()]],
  ["a clone after it was read", [(response) => response.text(), (response) => response.clone(), (response) => response.body?.locked]],
  ["a clone, and both are read", [async (response) => [await response.clone().text(), await response.text()]]],
  ["a clone of a clone, which knows where it comes from", [async (response) => ((clone) => [clone.url, clone.status, clone.headers.get("content-type"), clone.redirected])(response.clone().clone())]],
  ["a clone after somebody has looked at the stream", [async (response) => [response.body === response.body, await response.clone().text(), await response.text()]]],
  ["text while somebody holds the stream", [(response) => void response.body?.getReader(), (response) => response.text(), (response) => response.bodyUsed]],
  ["a stream that is cancelled", [(response) => response.body?.cancel(), (response) => response.bodyUsed, (response) => response.text()]],
  ["a Response made of it", [(response) => new Response(response.body, response).text()]],
  ["what it is", [(response) => [response instanceof Response, Object.prototype.toString.call(response), response.ok, response.status, response.type === "error", response.bodyUsed]]],
];

describe("a response whose body is there", () => {
  it.each(USES)("a response whose body is there does as the platform's does: %s", async (_, uses) => {
    const [platform, kept] = await both();
    const [theirs, ours] = [await platform(), await kept()];
    expect(ours.headers.get("cache-status")).toMatch(/^lastgood; hit/);
    for (const use of uses) expect(await outcomeOf(() => use(ours))).toEqual(await outcomeOf(() => use(theirs)));
  });

  it("a response whose body is there refuses a form as the platform's does, and reads bytes", async () => {
    const [platform, kept] = await both("application/x-www-form-urlencoded");
    const form = async (response: Response): Promise<unknown> => [...(await response.formData())];
    expect(await form(await kept())).toEqual(await form(await platform()));
    expect(Buffer.from(await bytesOf(await kept())).toString()).toBe(BODY);
  });

  it("nothing that a reader does to the bytes reaches the next one", async () => {
    const [, kept] = await both();
    new Uint8Array(await (await kept()).arrayBuffer()).fill(0);
    (await bytesOf(await kept())).fill(0);
    for await (const chunk of (await kept()).body ?? []) chunk.fill(0);
    expect(Buffer.from(await (await kept()).arrayBuffer()).toString()).toBe(BODY);
  });
});
