import { compressedCodec, Datastore, type Generation as Decoded, jsonCodec, structuredCodec } from "@lastgood/core";
import { NO_CACHE } from "../stores/no-cache.ts";
import type { KeptKey } from "./find-key.ts";
import type { Generation } from "./generations.ts";

/** The codecs that need no key. */
const READABLE = [jsonCodec, compressedCodec({ codec: structuredCodec }), compressedCodec({ codec: jsonCodec })];

/** The value of a record, as core decodes it. `problem` says why there is none. */
export async function decodeValue({ ref }: Pick<KeptKey, "ref">, { stamp, bytes }: Generation): Promise<Pick<Decoded, "value" | "problem">> {
  const refuse = (): never => {
    throw new Error("this store is one record"); // it is only read
  };
  const backup = {
    name: "record",
    read: (_id: string, { before = Infinity }: { readonly before?: number | undefined } = {}) => (stamp < before ? { bytes, loadedAt: stamp } : undefined),
    write: refuse,
    touch: refuse,
    async *list() {},
    delete: refuse,
  };
  const datastore = new Datastore({ cache: NO_CACHE, backup, readable: READABLE });
  try {
    const [decoded] = await datastore.inspect().generations(ref);
    return decoded ?? { value: undefined, problem: "not decodable" };
  } finally {
    await datastore.close();
  }
}
