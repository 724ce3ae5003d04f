import { zlib } from "../../base/builtins.ts";
import { structuredCodec } from "./structured.ts";
import { optionChecks } from "../../base/option-checks.ts";
import { ownBytes } from "../../base/bytes.ts";
import { checkedCodec, type Codec, sealOf } from "./codec.ts";

/** The options of `compressedCodec`. */
export interface CompressedOptions {
  /**
   * The codec whose bytes are compressed.
   * @default structuredCodec
   */
  readonly codec?: Codec | undefined;
  /**
   * Shorter payloads are not compressed, in bytes.
   * @default 1024
   */
  readonly threshold?: number | undefined;
  /**
   * The most bytes that a record may unpack to. A larger one is refused before it fills the memory.
   * @default 268435456 (256 MiB)
   */
  readonly maxBytes?: number | undefined;
}

const check = optionChecks("compressedCodec");
const PLAIN = 0;
const DEFLATED = 1;

/**
 * Compresses the bytes of another codec with DEFLATE. The first byte says whether they are compressed. Throws `TypeError` or `RangeError` for a wrong option.
 *
 * @example
 * ```ts
 * import { compressedCodec } from "@lastgood/core";
 *
 * const codec = compressedCodec({ threshold: 4096 });
 * ```
 */
export function compressedCodec(options: CompressedOptions = {}): Codec {
  const given = check.options(options, ["codec", "threshold", "maxBytes"]);
  const codec = checkedCodec(given["codec"] ?? structuredCodec, "compressedCodec: codec");
  const threshold = check.wholeNumber("threshold", given["threshold"] ?? 1024, 0);
  const maxBytes = check.wholeNumber("maxBytes", given["maxBytes"] ?? 256 * 1024 * 1024, 1);
  return {
    ...sealOf(codec),
    name: `${codec.name}+deflate`,
    encode(value, context) {
      const bytes = codec.encode(value, context);
      if (bytes.length > maxBytes) throw new RangeError(`it takes ${bytes.length} bytes, and maxBytes is ${maxBytes}`);
      if (bytes.length < threshold) return Buffer.concat([Buffer.of(PLAIN), bytes]);
      return Buffer.concat([Buffer.of(DEFLATED), zlib().deflateRawSync(bytes)]);
    },
    decode(bytes, context) {
      const packed = bytes.subarray(1);
      return codec.decode(ownBytes(bytes[0] === PLAIN ? packed : zlib().inflateRawSync(packed, { maxOutputLength: maxBytes })), context);
    },
  };
}
