import type { Codec } from "./codec.ts";
import { jsonCodec } from "./json.ts";
import { isPlain } from "./plain.ts";
import { structuredCodec } from "./structured.ts";

/**
 * The value as JSON, where the codec would write that and it is certain that it reads the same value from it: such bytes need not be
 * decoded and compared. `undefined` for every other value and for a codec of the user's own, whose functions may be only partly ours.
 */
export function encodedForCertain({ encode, decode }: Codec, value: unknown): Uint8Array | undefined {
  const isOurs = [structuredCodec, jsonCodec].some((codec) => codec.encode === encode && codec.decode === decode);
  return isOurs && isPlain(value) ? Buffer.from(JSON.stringify(value)) : undefined;
}
