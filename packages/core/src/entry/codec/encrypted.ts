import { isBytes } from "../../base/bytes.ts";
import { crypto } from "../../base/builtins.ts";
import { structuredCodec } from "./structured.ts";
import type { Codec, CodecContext } from "./codec.ts";

export interface EncryptionKey {
  /** Written into every record, in the clear: 1 to 255 characters of ASCII. */
  readonly id: string;
  /** 32 bytes, from a good source such as `crypto.randomBytes(32)`. */
  readonly secret: Uint8Array;
}

export interface EncryptedOptions {
  /** The first encrypts; all of them decrypt. To rotate, put a new one in front and keep the old until its records are gone. */
  readonly keys: readonly EncryptionKey[];
  /**
   * What turns values into the bytes that are encrypted. To compress as well, compress first: `compressedCodec()`.
   * @default structuredCodec
   */
  readonly codec?: Codec | undefined;
}

const CIPHER = "aes-256-gcm";
const NONCE = 12;
const TAG = 16;

/**
 * Encrypts what another codec makes, with AES-256-GCM. A record is bound to its id: moved to another key it does not open.
 * The datastore's key itself, the times and the metadata of a record stay readable. Bytes: length of the key's id, id, nonce, tag, ciphertext.
 */
export function encryptedCodec(options: EncryptedOptions): Codec {
  const { codec = structuredCodec } = options;
  const [current, ...older] = checkedKeys(options.keys);
  const secrets = new Map([current, ...older].map(({ id, secret }) => [id, secret]));
  return {
    name: `${codec.name}+aes256gcm`,
    encode: (value, context) => seal(codec.encode(value, context), current, context),
    decode: (bytes, context) => codec.decode(open(bytes, secrets, context), context),
  };
}

function seal(bytes: Uint8Array, { id, secret }: EncryptionKey, context: CodecContext): Uint8Array {
  const nonce = crypto().randomBytes(NONCE);
  const cipher = crypto().createCipheriv(CIPHER, secret, nonce).setAAD(boundTo(id, context));
  const ciphertext = [cipher.update(bytes), cipher.final()];
  return Buffer.concat([Buffer.of(id.length), Buffer.from(id, "latin1"), nonce, cipher.getAuthTag(), ...ciphertext]);
}

function open(record: Uint8Array, secrets: ReadonlyMap<string, Uint8Array>, context: CodecContext): Uint8Array {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const nonceAt = 1 + bytes.readUInt8(0);
  const tagAt = nonceAt + NONCE;
  const textAt = tagAt + TAG;
  const id = bytes.toString("latin1", 1, nonceAt);
  const secret = secrets.get(id);
  if (secret === undefined) throw new Error(`there is no encryption key ${JSON.stringify(id)}`);
  const decipher = crypto().createDecipheriv(CIPHER, secret, bytes.subarray(nonceAt, tagAt), { authTagLength: TAG });
  decipher.setAAD(boundTo(id, context)).setAuthTag(bytes.subarray(tagAt, textAt));
  return Buffer.concat([decipher.update(bytes.subarray(textAt)), decipher.final()]);
}

function boundTo(keyId: string, context: CodecContext): Buffer {
  return Buffer.from(`${keyId}\n${context.id}`, "latin1");
}

function checkedKeys(keys: unknown): readonly [EncryptionKey, ...EncryptionKey[]] {
  if (!Array.isArray(keys) || keys.length === 0) throw new TypeError("keys must be a list of one { id, secret } at least");
  const ids = new Set<string>();
  for (const { id, secret } of keys as EncryptionKey[]) {
    if (typeof id !== "string" || !/^[\x21-\x7e]{1,255}$/.test(id)) throw new RangeError("keys: an id must be 1 to 255 characters of ASCII");
    if (ids.has(id)) throw new RangeError(`keys: there are two of id ${JSON.stringify(id)}`);
    if (!isBytes(secret)) throw new TypeError(`keys: the secret of ${JSON.stringify(id)} must be a Uint8Array`);
    if (secret.length !== 32) throw new RangeError(`keys: the secret of ${JSON.stringify(id)} must have 32 bytes, and has ${secret.length}`);
    ids.add(id);
  }
  return keys as [EncryptionKey, ...EncryptionKey[]]; // checked right above
}
