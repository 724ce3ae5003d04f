import { pipeline, Readable, Transform } from "node:stream";
import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { isBytes } from "@lastgood/core/adapter";
import { ZstdFrames } from "./zstd-frames.ts";

type Decode = (bytes: Uint8Array, maxBytes: number) => Promise<Uint8Array>;

interface Coding {
  /** Of a whole body. Rejects if it has no end, is damaged, or has more than `maxBytes` in it. */
  readonly decode: Decode;
  /** Of a body as it flows. */
  readonly stream: (source: Readable) => Readable;
}

const deflate: Coding = {
  // Some servers send a deflate stream without the zlib header that it should have.
  decode: (bytes, maxBytes) => (hasZlibHeader(bytes) ? inflate : inflateRaw)(bytes, maxBytes),
  stream: (source) => Readable.from(inflated(source), { objectMode: false }),
};
const inflate = decodeBy(zlib.inflate);
const inflateRaw = decodeBy(zlib.inflateRaw);

const gzip: Coding = { decode: decodeBy(zlib.gunzip), stream: (source) => through(source, zlib.createGunzip()) };
const br: Coding = { decode: decodeBy(zlib.brotliDecompress), stream: (source) => through(source, zlib.createBrotliDecompress()) };

const CODINGS: Readonly<Record<string, Coding>> = { gzip, "x-gzip": gzip, deflate, br, ...zstdIfThere() };

/** The encodings that this runtime can undo, as a request asks for them. */
export const ACCEPT_ENCODING: string = ["gzip", "deflate", "br", "zstd"].filter((name) => Object.hasOwn(CODINGS, name)).join(", ");

// A body that is packed more often than this is no body.
const MOST_LAYERS = 4;

/** Why the body of such an answer cannot be read; `undefined` if it can. `encodings` in the order in which they were applied. */
export function whyNotDecodable(encodings: readonly string[], acceptEncoding: string): string | undefined {
  if (encodings.length > MOST_LAYERS) return `its body is encoded ${encodings.length} times`;
  const isAsked = askedFor(acceptEncoding);
  const foreign = encodings.find((encoding) => encoding !== "identity" && !(Object.hasOwn(CODINGS, encoding) && isAsked(encoding)));
  return foreign === undefined ? undefined : `its body is encoded as ${JSON.stringify(foreign)}, which was not asked for`;
}

/** Undoes the encodings of a body. Rejects if one of them has no end, is damaged, or has more than `maxBytes` in it. */
export async function decode(bytes: Uint8Array, encodings: readonly string[], maxBytes: number): Promise<Uint8Array> {
  let body = bytes;
  for (const encoding of encodings.toReversed()) body = (await CODINGS[encoding]?.decode(body, Math.min(maxBytes, 0x7fff_ffff))) ?? body;
  return body;
}

/** The same for a body that still flows. Its end is an error if one of the encodings has no end. */
export function decodeStream(source: Readable, encodings: readonly string[]): Readable {
  return encodings.toReversed().reduce((flowing, encoding) => CODINGS[encoding]?.stream(flowing) ?? flowing, source);
}

function askedFor(acceptEncoding: string): (encoding: string) => boolean {
  const asked = new Map<string, boolean>();
  for (const member of acceptEncoding.toLowerCase().split(",")) {
    const [name = "", ...parameters] = member.split(";").map((part) => part.trim());
    if (name !== "") asked.set(name, !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter)));
  }
  return (encoding) => asked.get(encoding) ?? asked.get(encoding.replace(/^x-/, "")) ?? asked.get("*") ?? false;
}

/** What zlib says of its work, where it is asked for `info`. */
interface Decoded {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

type Decompress = (bytes: Uint8Array, options: zlib.ZlibOptions, done: (error: Error | null, result: Buffer) => void) => void;

/** Bytes behind the end of a stream are no part of it, and zlib passes over them: a body that has some is not what was sent. */
function decodeBy(decompress: Decompress): Decode {
  const promised = promisify<Uint8Array, zlib.ZlibOptions, unknown>(decompress);
  return async (bytes, maxBytes) => {
    const { buffer, engine } = (await promised(bytes, { maxOutputLength: maxBytes, info: true })) as Decoded; // which info: true makes of it
    if (engine.bytesWritten !== bytes.length) throw new Error(`there are ${bytes.length - engine.bytesWritten} bytes behind its end`);
    return buffer;
  };
}

function hasZlibHeader(bytes: Uint8Array): boolean {
  return (Number(bytes[0]) & 0x0f) === 0x08;
}

/** Decodes as it flows; if one of the two breaks off, so does the other. */
function through(source: Readable, ...decoders: readonly Transform[]): Readable {
  return decoders.reduce<Readable>((flowing, decoder) => pipeline(flowing, decoder, () => undefined), source);
}

async function* inflated(source: Readable): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  const { value: first } = (await chunks.next()) as { value: unknown }; // of bytes, which are looked at
  if (!isBytes(first)) throw new Error("unexpected end of file");
  const decoder = hasZlibHeader(first) ? zlib.createInflate() : zlib.createInflateRaw();
  yield* through(Readable.from(chained(first, chunks), { objectMode: false }), decoder) as AsyncIterable<Uint8Array>;
}

async function* chained(first: Uint8Array, rest: AsyncIterator<unknown>): AsyncGenerator<unknown> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** Node has it from 22.15 on. */
function zstdIfThere(): Record<string, Coding> {
  const decompress: unknown = Reflect.get(zlib, "zstdDecompress");
  const create: unknown = Reflect.get(zlib, "createZstdDecompress");
  if (typeof decompress !== "function" || typeof create !== "function") return {};
  // Their shapes are those of their siblings.
  const decodeFrame = decodeBy(decompress as Decompress);
  return { zstd: { decode: (bytes, maxBytes) => decodeFrames(bytes, maxBytes, decodeFrame), stream: (source) => through(source, wholeFrame(), create() as Transform) } };
}

async function decodeFrames(bytes: Uint8Array, maxBytes: number, decodeFrame: Decode): Promise<Uint8Array> {
  const frames = new ZstdFrames();
  frames.push(bytes);
  if (!frames.isWhole) throw new Error("unexpected end of file");
  const decoded: Uint8Array[] = [];
  let left = maxBytes;
  for (const { start, end } of frames.found) {
    const frame = await decodeFrame(bytes.subarray(start, end), Math.max(1, left));
    left -= frame.byteLength;
    if (left < 0) throw Object.assign(new RangeError("it is too large"), { code: "ERR_BUFFER_TOO_LARGE" });
    decoded.push(frame);
  }
  return decoded.length === 1 && decoded[0] !== undefined ? decoded[0] : Buffer.concat(decoded);
}

/** Passes bytes on, and breaks off at their end if they are not one whole frame, which is all that Node reads. */
function wholeFrame(): Transform {
  const frames = new ZstdFrames();
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      frames.push(chunk);
      done(null, chunk);
    },
    flush(done) {
      done(frames.isWhole && frames.found.length === 1 && frames.found[0]?.start === 0 ? null : new Error("unexpected end of file"));
    },
  });
}
