import type { Codec } from "./codec.ts";
import { jsonCodec } from "./json.ts";
import { isPlain } from "./plain.ts";
import { isText, structuredCodec } from "./structured.ts";

/**
 * The value as JSON, if the codec would write JSON and certainly reads the same value from it. Then the bytes need not be decoded
 * and compared. `undefined` for all other values, and for a user's codec, even if it reuses one of our functions.
 */
export function encodedForCertain({ encode, decode }: Codec, value: unknown): Uint8Array | undefined {
  const isOurs = (encode === structuredCodec.encode && decode === structuredCodec.decode) || (encode === jsonCodec.encode && decode === jsonCodec.decode);
  return isOurs && isPlain(value) ? Buffer.from(JSON.stringify(value)) : undefined;
}

/** Whether what the codec makes of the bytes holds none of them: text does not, while a view may be of the very memory that it was read from. */
export function decodesToText({ decode }: Codec, bytes: Uint8Array): boolean {
  return decode === jsonCodec.decode || (decode === structuredCodec.decode && isText(bytes));
}
