import { promisify } from "node:util";
import * as zlib from "node:zlib";

type Decode = (bytes: Uint8Array, options: { readonly maxOutputLength: number }) => Promise<Uint8Array>;

const gunzip: Decode = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const inflate: Decode = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.inflate);
const inflateRaw: Decode = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.inflateRaw);
const brotli: Decode = promisify<Uint8Array, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress);

// Some servers send a deflate stream without the zlib header that it should have.
const deflate: Decode = (bytes, options) => ((Number(bytes[0]) & 0x0f) === 0x08 ? inflate(bytes, options) : inflateRaw(bytes, options));

const DECODERS: Readonly<Record<string, Decode>> = { gzip: gunzip, "x-gzip": gunzip, deflate, br: brotli, ...zstdIfThere() };

/** The encodings that this runtime can undo, as a request asks for them. */
export const ACCEPT_ENCODING: string = ["gzip", "deflate", "br", "zstd"].filter((name) => Object.hasOwn(DECODERS, name)).join(", ");

// A body that is packed more often than this is no body.
const MOST_LAYERS = 4;

/** Why the body of such an answer cannot be read; `undefined` if it can. `encodings` in the order in which they were applied. */
export function whyNotDecodable(encodings: readonly string[], acceptEncoding: string): string | undefined {
  if (encodings.length > MOST_LAYERS) return `its body is encoded ${encodings.length} times`;
  const isAsked = askedFor(acceptEncoding);
  const foreign = encodings.find((encoding) => encoding !== "identity" && !(Object.hasOwn(DECODERS, encoding) && isAsked(encoding)));
  return foreign === undefined ? undefined : `its body is encoded as ${JSON.stringify(foreign)}, which was not asked for`;
}

/** Undoes the encodings of a body. Rejects if one of them has no end, is damaged, or has more than `maxBytes` in it. */
export async function decode(bytes: Uint8Array, encodings: readonly string[], maxBytes: number): Promise<Uint8Array> {
  let body = bytes;
  for (const encoding of encodings.toReversed()) {
    const decoder = DECODERS[encoding];
    if (decoder !== undefined) body = await decoder(body, { maxOutputLength: Math.min(maxBytes, 0x7fff_ffff) });
  }
  return body;
}

function askedFor(acceptEncoding: string): (encoding: string) => boolean {
  const asked = new Map<string, boolean>();
  for (const member of acceptEncoding.toLowerCase().split(",")) {
    const [name = "", ...parameters] = member.split(";").map((part) => part.trim());
    if (name !== "") asked.set(name, !parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter)));
  }
  return (encoding) => asked.get(encoding) ?? asked.get(encoding.replace(/^x-/, "")) ?? asked.get("*") ?? false;
}

/** Node has it from 22.15 on. */
function zstdIfThere(): Record<string, Decode> {
  const decompress: unknown = Reflect.get(zlib, "zstdDecompress");
  // Its shape is that of its siblings.
  return typeof decompress === "function" ? { zstd: promisify(decompress as typeof zlib.gunzip) as Decode } : {};
}
