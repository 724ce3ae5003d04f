import { asBuffer, isBytes, ownBytes } from "../../base/bytes.ts";
import { crypto } from "../../base/builtins.ts";
import { optionChecks } from "../../base/option-checks.ts";
import { isObject } from "../../base/foreign.ts";
import { checkedCodec, type Codec, type CodecContext, type SealContext } from "./codec.ts";
import { structuredCodec } from "./structured.ts";

/** A key of `encryptedCodec`. */
export interface EncryptionKey {
  /** Written into every record, in the clear: 1 to 255 characters of ASCII. */
  readonly id: string;
  /** 32 bytes, from a good source such as `crypto.randomBytes(32)`. */
  readonly secret: Uint8Array;
}

/** The options of `encryptedCodec`. */
export interface EncryptedOptions {
  /** The first key encrypts, and all keys decrypt. To rotate, add a new key in front, and keep the old one until its records are gone. */
  readonly keys: readonly EncryptionKey[];
  /**
   * The codec whose bytes are encrypted. To compress as well, give `compressedCodec()`.
   * @default structuredCodec
   */
  readonly codec?: Codec | undefined;
}

const check = optionChecks("encryptedCodec");
const CIPHER = "aes-256-gcm";
const NONCE = 12;
const TAG = 16;
const MAC = 32;
// Marks bytes that are bound to a seal. Older records, without a seal, begin with the length of a key's id, which is never 0.
const BOUND = 0;

/**
 * Encrypts the bytes of another codec with AES-256-GCM. A record is bound to its id, and a seal (HMAC-SHA-256) covers its whole header. So a
 * record does not open under another key, or with another time, flag or note. Not encrypted: the datastore's key, the times and the metadata of
 * a record, the ids of the encryption keys, and the id and times of an outage record. Throws `TypeError` or `RangeError` for a wrong key.
 *
 * Bytes: 0, length of the encryption key's id, id, nonce, tag, ciphertext.
 *
 * @example
 * ```ts
 * import { compressedCodec, encryptedCodec } from "@lastgood/core";
 *
 * const secret = Buffer.from(process.env["BACKUP_SECRET"] ?? "", "base64"); // 32 bytes
 * const codec = encryptedCodec({ keys: [{ id: "2031", secret }], codec: compressedCodec() });
 * ```
 */
export function encryptedCodec(options: EncryptedOptions): Codec {
  const { keys, codec: inner = structuredCodec } = check.options(options, ["keys", "codec"]);
  const codec = checkedCodec(inner, "encryptedCodec: codec");
  const [current, ...older] = checkedKeys(keys);
  const secrets = new Map([current, ...older].map(({ id, secret }) => [id, ownBytes(secret)]));
  const writing = { id: current.id, secret: ownBytes(current.secret) };
  return {
    name: `${codec.name}+aes256gcm`,
    encode: (value, context) => encrypt(codec.encode(value, context), writing, context),
    decode: (bytes, context) => codec.decode(decrypt(bytes, secrets, context), context),
    seal: (payload, context) => Buffer.concat([prefix(writing.id), macOf(writing.secret, payload, context), payload]),
    unseal: (sealed, context) => unseal(sealed, secrets, context),
    isSealCurrent: (sealed) => asBuffer(sealed).indexOf(prefix(writing.id)) === 0,
  };
}

function encrypt(bytes: Uint8Array, { id, secret }: EncryptionKey, context: CodecContext): Uint8Array {
  const nonce = crypto().randomBytes(NONCE);
  const cipher = crypto().createCipheriv(CIPHER, secret, nonce).setAAD(boundTo(id, context));
  const ciphertext = [cipher.update(bytes), cipher.final()];
  return Buffer.concat([Buffer.of(BOUND), prefix(id), nonce, cipher.getAuthTag(), ...ciphertext]);
}

type Secrets = ReadonlyMap<string, Uint8Array>;

function decrypt(record: Uint8Array, secrets: Secrets, context: CodecContext): Uint8Array {
  const whole = asBuffer(record);
  const isBound = whole.readUInt8(0) === BOUND;
  if (isBound && context.sealed === false) throw new Error("the record has lost its seal");
  const { id, secret, rest } = keyIn(isBound ? whole.subarray(1) : whole, secrets);
  const [nonce, tag] = [rest.subarray(0, NONCE), rest.subarray(NONCE, NONCE + TAG)];
  const decipher = crypto().createDecipheriv(CIPHER, secret, nonce, { authTagLength: TAG });
  decipher.setAAD(isBound ? boundTo(id, context) : Buffer.from(`${id}\n${context.id}`, "latin1")).setAuthTag(tag);
  return ownBytes(Buffer.concat([decipher.update(rest.subarray(NONCE + TAG)), decipher.final()]));
}

function unseal(sealed: Uint8Array, secrets: Secrets, context: SealContext): Uint8Array {
  const { secret, rest } = keyIn(asBuffer(sealed), secrets);
  const payload = rest.subarray(MAC);
  if (crypto().timingSafeEqual(rest.subarray(0, MAC), macOf(secret, payload, context))) return payload;
  throw new Error("the seal is not of this record");
}

/** The encryption key whose id the bytes begin with, and the bytes after the id. */
function keyIn(bytes: Buffer, secrets: Secrets): EncryptionKey & { readonly rest: Buffer } {
  const end = 1 + bytes.readUInt8(0);
  const id = bytes.toString("latin1", 1, end);
  const secret = secrets.get(id);
  if (secret === undefined) throw new Error(`there is no encryption key ${JSON.stringify(id)}`);
  return { id, secret, rest: bytes.subarray(end) };
}

function prefix(id: string): Buffer {
  return Buffer.concat([Buffer.of(id.length), Buffer.from(id, "latin1")]);
}

function boundTo(keyId: string, context: CodecContext): Buffer {
  return Buffer.from(`lastgood sealed\n${keyId}\n${context.id}`, "latin1");
}

/** Each part is preceded by its length, so that no byte can move from one part to the next unnoticed. */
function macOf(secret: Uint8Array, payload: Uint8Array, { id, header }: SealContext): Buffer {
  const key = crypto().createHmac("sha256", secret).update("lastgood seal").digest(); // one key is never used for two purposes
  const mac = crypto().createHmac("sha256", key);
  for (const part of [Buffer.from(id), header, payload]) {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(part.length);
    mac.update(length).update(part);
  }
  return mac.digest();
}

/** No message shows a secret, or a value given in place of one. */
function checkedKeys(keys: unknown): readonly [EncryptionKey, ...EncryptionKey[]] {
  if (!Array.isArray(keys) || keys.length === 0) throw check.wrongType("keys", "a list of at least one { id, secret }", Array.isArray(keys) ? [] : keys);
  const ids = new Set<string>();
  for (const [index, key] of (keys as unknown[]).entries()) {
    const place = `keys[${index}]`;
    if (!isObject(key)) throw new TypeError(`encryptedCodec: ${place} must be { id, secret }; got ${key === null ? "null" : typeof key}`);
    const { id, secret } = key as Partial<EncryptionKey>; // checked right below
    if (typeof id !== "string" || !/^[\x21-\x7e]{1,255}$/.test(id)) throw new RangeError(`encryptedCodec: ${place}.id must be 1 to 255 characters of ASCII without spaces; got ${typeof id === "string" ? `${id.length} characters` : typeof id}`);
    if (ids.has(id)) throw check.wrongValue(`${place}.id`, "different from the ids before it", id);
    if (!isBytes(secret)) throw new TypeError(`encryptedCodec: ${place}.secret must be a Uint8Array of 32 bytes; got ${secret === null ? "null" : typeof secret}`);
    if (secret.length !== 32) throw new RangeError(`encryptedCodec: ${place}.secret must be a Uint8Array of 32 bytes; got ${secret.length} bytes`);
    ids.add(id);
  }
  return keys as [EncryptionKey, ...EncryptionKey[]]; // checked right above
}
