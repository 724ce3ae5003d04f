/*
 * The requests and answers of Memcached's binary protocol, in the bytes that are sent and received: memjs makes seven objects of bytes for
 * each get, which cost more than all else. All have a header of 24 bytes:
 *
 *     0  u8   magic                 4  u8   length of extras       8  u32  length of extras, key and value
 *     1  u8   opcode                5  u8   0                     12  u32  number of the call
 *     2  u16  length of key         6  u16  status, of answers    16  u64  version ("cas")
 */

const HEADER = 24;
export const RESPONSE_MAGIC = 0x81;
const REQUEST_MAGIC = 0x80;

export const opcodeOf = (bytes: Buffer, start: number): number => bytes.readUInt8(start + 1);
export const statusOf = (bytes: Buffer, start: number): number => bytes.readUInt16BE(start + 6);
export const seqOf = (bytes: Buffer, start: number): number => bytes.readUInt32BE(start + 12);

/** Where the answer ends that begins at `start`; as far as is known, if its header is not whole. */
export function endOf(bytes: Buffer, start: number): number {
  return bytes.length - start < HEADER ? start + HEADER : start + HEADER + bytes.readUInt32BE(start + 8);
}

/** Whether the lengths in an answer fit together. */
export function areLengthsTrue(bytes: Buffer, start: number): boolean {
  return beforeValue(bytes, start) <= bytes.readUInt32BE(start + 8);
}

/** The value in an answer. */
export function valueOf(bytes: Buffer, start: number, end: number): Buffer {
  return bytes.subarray(start + HEADER + beforeValue(bytes, start), end);
}

/** The length of extras and key. */
function beforeValue(bytes: Buffer, start: number): number {
  return bytes.readUInt8(start + 4) + bytes.readUInt16BE(start + 2);
}

export interface Get {
  readonly seq: number;
  /** In ASCII. */
  readonly key: string;
}

/** The requests of many gets, which go out as one. */
export function getRequests(gets: readonly Get[]): Buffer {
  const length = gets.reduce((sum, { key }) => sum + HEADER + key.length, 0);
  const bytes = Buffer.alloc(length);
  let start = 0;
  for (const { seq, key } of gets) {
    bytes[start] = REQUEST_MAGIC; // the opcode of a get is 0
    bytes.writeUInt16BE(key.length, start + 2);
    bytes.writeUInt32BE(key.length, start + 8);
    bytes.writeUInt32BE(seq, start + 12);
    start += HEADER + bytes.write(key, start + HEADER, "latin1");
  }
  return bytes;
}
