import { Client, type Response, Utils } from "memjs";
import type { Servers } from "./options.ts";
import { statusOf, valueOf } from "./frames.ts";
import type { Call } from "./link.ts";
import { SteadyServer } from "./steady-server.ts";

/** The value of a key, and its version, which the server changes with every write ("cas"). */
export interface Versioned {
  readonly value: Buffer;
  readonly version: Buffer;
}

const GET = 0x00;
const SET = 0x01;
const ADD = 0x02;
const DELETE = 0x04;

const NO_ERROR = 0;
const NOT_FOUND = 1;
const EXISTS = 2;
const REASONS: Readonly<Record<number, string>> = { 3: "Value too large", 0x82: "Out of memory" };

/** The offset of the expected version in a request. */
const VERSION_AT = 16;

/** Our own client: it logs nothing, does not retry, and does not fail over to another server. */
// After a failover, the first server would come back with older values than the second one has.
export class SteadyClient extends Client {
  constructor({ addresses, credentials }: Servers) {
    const servers = addresses.map((address) => new SteadyServer(address, credentials));
    super(servers, { retries: 0, failover: false, logger: { log: () => undefined } });
  }

  /** Sequence numbers have 32 bits. Those of memjs become negative after 2^31 calls, and then every call fails. */
  override incrSeq(): void {
    // `seq` is readonly for other code only.
    (this as { seq: number }).seq = (this.seq + 1) % 2 ** 32;
  }

  /** The value of a key. Unlike `get` of memjs, makes one object of bytes, and its request goes out together with others. */
  read(key: string): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
      this.incrSeq();
      const server = this.server(key) as SteadyServer; // of those that it was given
      server.get(this.seq, key, new Read(resolve, reject));
    });
  }

  // memjs has no compare-and-set ("cas"), so these methods build it from memjs's parts.

  async getVersioned(key: string): Promise<Versioned | undefined> {
    const { header, val } = await this.#ask({ opcode: GET, key, allowed: [NOT_FOUND] });
    return header.status === NOT_FOUND ? undefined : { value: val, version: Buffer.from(header.cas) };
  }

  /** Writes if the key still has this version, or no value if `version` is undefined. Resolves with whether it has written. */
  async setIfUnchanged(key: string, value: Buffer, expires: number, version: Buffer | undefined): Promise<boolean> {
    const extras = Buffer.alloc(8); // four bytes of flags, then the time
    extras.writeUInt32BE(expires, 4);
    const opcode = version === undefined ? ADD : SET;
    const { header } = await this.#ask({ opcode, key, extras, value, version, allowed: [NOT_FOUND, EXISTS] });
    return header.status === NO_ERROR;
  }

  async deleteIfUnchanged(key: string, version: Buffer): Promise<boolean> {
    const { header } = await this.#ask({ opcode: DELETE, key, version, allowed: [NOT_FOUND, EXISTS] });
    return header.status === NO_ERROR;
  }

  #ask({ opcode, key, extras = Buffer.alloc(0), value = Buffer.alloc(0), version, allowed }: Request): Promise<Response> {
    this.incrSeq();
    const request = Utils.makeRequestBuffer(opcode, key, extras, value, this.seq);
    version?.copy(request, VERSION_AT);
    return new Promise((resolve, reject) => {
      this.perform(key, request, this.seq, (error, response: Response) => {
        if (error !== null) return reject(error);
        const { status } = response.header;
        if (status === NO_ERROR || allowed.includes(status)) return resolve(response);
        reject(refusal(status));
      });
    });
  }
}

class Read implements Call {
  readonly #resolve: (value: Buffer | undefined) => void;
  readonly failed: (error: Error) => void;

  constructor(resolve: (value: Buffer | undefined) => void, failed: (error: Error) => void) {
    this.#resolve = resolve;
    this.failed = failed;
  }

  answered(bytes: Buffer, start: number, end: number): void {
    const status = statusOf(bytes, start);
    if (status === NO_ERROR) this.#resolve(valueOf(bytes, start, end));
    else if (status === NOT_FOUND) this.#resolve(undefined);
    else this.failed(refusal(status));
  }
}

function refusal(status: number): Error {
  return new Error(REASONS[status] ?? `the server answered with status ${status}`);
}

interface Request {
  readonly opcode: number;
  readonly key: string;
  readonly extras?: Buffer | undefined;
  readonly value?: Buffer | undefined;
  readonly version?: Buffer | undefined;
  /** Statuses that count as an answer, besides "no error". */
  readonly allowed: readonly number[];
}
