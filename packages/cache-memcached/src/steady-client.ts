import { Client } from "memjs";
import type { Servers } from "./options.ts";
import { SteadyServer } from "./steady-server.ts";

/** A client of our own: it says nothing on the console, tries once, and takes no other server for one that is away. */
// Another server would take the values, and the first one, once it is back, would answer with older ones.
export class SteadyClient extends Client {
  constructor({ addresses, credentials }: Servers) {
    const servers = addresses.map((address) => new SteadyServer(address, credentials));
    super(servers, { retries: 0, failover: false, logger: { log: () => undefined } });
  }

  /** Numbers of calls have 32 bits. Those of memjs become negative after two thousand million calls, and then all fail. */
  override incrSeq(): void {
    // It is for others that it can only be read.
    (this as { seq: number }).seq = (this.seq + 1) % 2 ** 32;
  }
}
