import type { Settings } from "./options.ts";

/** Each is one round trip, and needs nothing of the session that ran the one before: a pooler may send it to any. */
export interface Statements {
  /** $1 id, $2 loadedAt, $3 usedAt, $4 bytes. */
  readonly write: string;
  /** The same, but it leaves the records that have become too old. */
  readonly writeAlone: string;
  /** $1 id, $2 before, $3 the most bytes. */
  readonly read: string;
  /** $1 id, $2 before: the stamp that `read` would have come upon. */
  readonly stamp: string;
  /** $1 id, $2 usedAt. */
  readonly touch: string;
  /** $1 the id that the page comes after, $2 how many. */
  readonly page: string;
  /** $1 id, $2 ifUsedBefore. */
  readonly delete: string;
  readonly createTables: string;
}

/** Greater than every stamp. */
export const NO_LIMIT = "9223372036854775807";

/** "lastgood" in ASCII: whoever makes the tables holds this lock meanwhile. */
const LOCK = "7809632219779821412";

/** A commit is on the disk when it is acknowledged, also for a role whose commits by default are not. */
const DURABLE = "CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', true) END";

/**
 * An entry repeats what is known of its newest record: a list reads no payloads. Whoever changes an id locks its entry first, so
 * nobody waits in a circle, and what is found there is what the change before has left. A statement sees the records only as they
 * were when it began; with an entry they all go, later ones too, since that is what the reference does.
 */
export function statementsFor({ entries, records, generations }: Settings): Statements {
  const add = `
    WITH entry AS (
      INSERT INTO ${entries} AS kept (id, loaded_at, used_at, size) VALUES ($1, $2::bigint, $3::bigint, octet_length($4::bytea))
      ON CONFLICT (id) DO UPDATE SET
        loaded_at = greatest(kept.loaded_at, excluded.loaded_at),
        used_at = greatest(kept.used_at, excluded.used_at),
        size = CASE WHEN excluded.loaded_at >= kept.loaded_at THEN excluded.size ELSE kept.size END
      RETURNING kept.id, kept.loaded_at
    ), record AS (
      INSERT INTO ${records} (id, loaded_at, bytes) SELECT id, $2::bigint, $4::bytea FROM entry
      ON CONFLICT (id, loaded_at) DO UPDATE SET bytes = excluded.bytes
    )`;
  const prune = `
    pruned AS (
      DELETE FROM ${records} AS old USING entry WHERE old.id = entry.id AND old.loaded_at <> $2::bigint AND old.loaded_at < (
        SELECT loaded_at FROM (SELECT loaded_at FROM ${records} WHERE id = $1 UNION SELECT $2::bigint) AS known
        ORDER BY loaded_at DESC OFFSET ${generations - 1} LIMIT 1
      )
    )`;
  const answer = `SELECT loaded_at::text AS "loadedAt", ${DURABLE} FROM entry`;
  return {
    write: `${add},${prune} ${answer}`,

    writeAlone: `${add} ${answer}`,

    read: `
      SELECT loaded_at::text AS "loadedAt", octet_length(bytes)::text AS size,
        CASE WHEN octet_length(bytes) <= $3::bigint THEN encode(bytes, 'base64') END AS bytes
      FROM ${records} WHERE id = $1 AND loaded_at < $2::bigint ORDER BY loaded_at DESC LIMIT 1`,

    stamp: `SELECT max(loaded_at)::text AS "loadedAt" FROM ${records} WHERE id = $1 AND loaded_at < $2::bigint`,

    touch: `UPDATE ${entries} SET used_at = $2::bigint WHERE id = $1 AND used_at < $2::bigint`,

    page: `
      SELECT id, used_at::text AS "usedAt", loaded_at::text AS "loadedAt", size::text AS size
      FROM ${entries} WHERE id > $1 ORDER BY id LIMIT $2::bigint`,

    delete: `DELETE FROM ${entries} WHERE id = $1 AND used_at < $2::bigint RETURNING id, ${DURABLE}`,

    // One message, so one transaction: both tables or none. IF NOT EXISTS alone fails where two processes look at the same time.
    createTables: `
      SELECT pg_advisory_xact_lock(${LOCK});
      CREATE TABLE IF NOT EXISTS ${entries} (
        id text COLLATE "C" PRIMARY KEY,
        loaded_at bigint NOT NULL,
        used_at bigint NOT NULL,
        size integer NOT NULL
      ) WITH (fillfactor = 80);
      CREATE TABLE IF NOT EXISTS ${records} (
        id text COLLATE "C" NOT NULL REFERENCES ${entries} ON DELETE CASCADE,
        loaded_at bigint NOT NULL,
        bytes bytea NOT NULL,
        PRIMARY KEY (id, loaded_at)
      )`,
  };
}
