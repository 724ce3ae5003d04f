import { isPromiseLike } from "@lastgood/core/adapter";
import type { PostgresPool, PostgresPoolClient, PostgresQuery } from "./options.ts";

/** A row as it came: every column is a text, or `null`. */
export type Row = Readonly<Record<string, string | null>>;

type Signal = AbortSignal | undefined;

/**
 * Runs one query on a connection of the pool. When the signal aborts it rejects at once, and the connection ends: a server that is
 * frozen would keep it for ever. So does a connection with which a query failed. It may lead to a server that is no longer the
 * primary, where a new one would lead to the one that is.
 */
export async function runQuery(pool: PostgresPool, query: PostgresQuery, signal: Signal): Promise<readonly Row[]> {
  signal?.throwIfAborted();
  const client = await connected(pool, signal);
  try {
    const { rows } = await unlessAborted(client.query({ ...query, types: TEXTS }), signal);
    handBack(client);
    // Every column is one of a statement of ours, and is read as a text.
    return rows as readonly Row[];
  } catch (error) {
    handBack(client, true);
    throw error;
  }
}

/** A pool has no way to take a request back: the client that comes too late goes back unused. */
async function connected(pool: PostgresPool, signal: Signal): Promise<PostgresPoolClient> {
  const connecting = connect(pool);
  return unlessAborted(connecting, signal, () => void connecting.then(handBack, ignore));
}

/** By callback. A promise settles a moment later, and the server may end the connection in that moment, when nobody listens. */
function connect(pool: PostgresPool): Promise<PostgresPoolClient> {
  return new Promise((resolve, reject) => {
    const given = pool.connect((error, client) => {
      if (client === undefined) return reject(error);
      listen(client);
      resolve(client);
    });
    // From a pool that takes no callback: then it is a promise of a client.
    if (isPromiseLike(given)) (given as PromiseLike<PostgresPoolClient>).then(listen).then(resolve, reject);
  });
}

/** What befalls the connection rejects the query as well. Without a listener it would end the process. */
function listen(client: PostgresPoolClient): PostgresPoolClient {
  client.on("error", ignore);
  return client;
}

/** From here on the pool listens. */
function handBack(client: PostgresPoolClient, destroy?: boolean): void {
  client.release(destroy);
  client.removeListener("error", ignore);
}

function unlessAborted<T>(work: Promise<T>, signal: Signal, giveUp: () => void = ignore): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      giveUp();
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** The columns are texts, so whoever else parses what in this process makes no difference. */
const TEXTS = { getTypeParser: () => String };

function ignore(): void {}
