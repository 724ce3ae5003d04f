import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import * as zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { decode, decodeStream } from "../src/wire/encodings.ts";
import { ZstdFrames } from "../src/wire/zstd-frames.ts";
import { ENCODERS } from "./support/broken-answers.mjs";

const TEXT = Array.from({ length: 2_000 }, (_, n) => `${n}: ${(n * 7919) % 1009}\n`).join("");
const LARGE = 2 ** 20;

/** What Node 24 makes, also for a Node without zstd. */
const ZSTD_FRAMES = {
  "of a known size": "KLUv/SAFKQAAaGVsbG8=",
  "with a checksum": "KLUv/SQklQAAYGhlbGxvIHdvcmxkIAEAB0sSm8cbWQ==",
  "of several blocks": "KLUv/aDgkwQAVAAAEGFhAQD7/znAAgIAEGEDnwRh",
  "of no known size": "KLUv/QBYMAAAaGVsbG8gKQAAd29ybGQ=",
};

describe.each(Object.entries(ENCODERS))("a body in %s", (name, encode) => {
  const encoding = name.split(" ")[0] ?? name;
  const whole = Buffer.from(encode(TEXT));

  it(`a body in ${name} is decoded, whether it is whole or flows in pieces of any size`, async () => {
    expect(Buffer.from(await decode(whole, [encoding], LARGE)).toString()).toBe(TEXT);
    for (const size of [1, 7, 1_000]) {
      const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, n) => whole.subarray(n * size, (n + 1) * size));
      expect((await buffer(decodeStream(Readable.from(pieces, { objectMode: false }), [encoding]))).toString()).toBe(TEXT);
    }
  });

  it(`a body in ${name} that is cut anywhere is refused, and breaks off where it flows`, async () => {
    for (let end = 0; end < whole.length; end += 1 + Math.floor(whole.length / 97)) {
      const cut = whole.subarray(0, end);
      await expect(decode(cut, [encoding], LARGE), `after ${end} bytes`).rejects.toThrow();
      await expect(buffer(decodeStream(Readable.from([cut], { objectMode: false }), [encoding])), `after ${end} bytes`).rejects.toThrow();
    }
  });

  it(`a body in ${name} with bytes behind its end is refused`, async () => {
    await expect(decode(Buffer.concat([whole, Buffer.from("more")]), [encoding], LARGE)).rejects.toThrow();
  });

  it(`a body in ${name} that is larger than it may be is refused by a code of its own`, async () => {
    await expect(decode(whole, [encoding], 1_000)).rejects.toMatchObject({ code: "ERR_BUFFER_TOO_LARGE" });
  });
});

it("several members of a gzip body are one body", async () => {
  const members = Buffer.concat([zlib.gzipSync("one "), zlib.gzipSync("two")]);
  expect(Buffer.from(await decode(members, ["gzip"], LARGE)).toString()).toBe("one two");
});

it.each(Object.entries(ENCODERS).filter(([name]) => name === "zstd"))("several frames of a %s body are one body, and frames to be skipped are none of it", async (_, encode) => {
  const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const frames = Buffer.concat([skipped, encode("one "), skipped, encode("two"), skipped]);
  expect(Buffer.from(await decode(frames, ["zstd"], LARGE)).toString()).toBe("one two");
  await expect(decode(frames, ["zstd"], 5)).rejects.toMatchObject({ code: "ERR_BUFFER_TOO_LARGE" });
});

it.each(Object.entries(ZSTD_FRAMES))("a zstd frame %s is whole at its end and nowhere before, however it comes", (_, text) => {
  const skipped = Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9]);
  const bytes = Buffer.concat([skipped, Buffer.from(text, "base64")]);
  for (let end = 0; end <= bytes.length; end++) {
    const [atOnce, byByte] = [new ZstdFrames(), new ZstdFrames()];
    atOnce.push(bytes.subarray(0, end));
    for (const byte of bytes.subarray(0, end)) byByte.push(Buffer.from([byte]));
    expect([atOnce.isWhole, byByte.isWhole], `after ${end} of ${bytes.length}`).toEqual(Array(2).fill(end === bytes.length));
  }
  const followed = new ZstdFrames();
  followed.push(Buffer.concat([bytes, Buffer.from("more")]));
  expect([followed.isWhole, followed.found]).toEqual([false, [{ start: 9, end: bytes.length }]]);
});
