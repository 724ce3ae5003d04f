import type { Codec } from "./codec.ts";
import { jsonCodec } from "./json.ts";
import { isPlain } from "./plain.ts";
import { isText, structuredCodec } from "./structured.ts";

/**
 * The value as JSON, where the codec would write that and it is certain that it reads the same value from it: such bytes need not be
 * decoded and compared. `undefined` for every other value and for a codec of the user's own, whose functions may be only partly ours.
 */
export function encodedForCertain({ encode, decode }: Codec, value: unknown): Uint8Array | undefined {
  const isOurs = (encode === structuredCodec.encode && decode === structuredCodec.decode) || (encode === jsonCodec.encode && decode === jsonCodec.decode);
  return isOurs && isPlain(value) ? Buffer.from(JSON.stringify(value)) : undefined;
}

/** Whether what the codec makes of the bytes holds none of them: text does not, while a view may be of the very memory that it was read from. */
export function decodesToText({ decode }: Codec, bytes: Uint8Array): boolean {
  return decode === jsonCodec.decode || (decode === structuredCodec.decode && isText(bytes));
}
