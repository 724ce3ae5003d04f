/** Says what a copy has done wrong, by reading every key of both stores. */

import { describeRecord } from "@lastgood/core/adapter";

const AT_ONCE = 128;

/**
 * @typedef {import("@lastgood/core").BackupAdapter} BackupAdapter
 * @typedef {{ readonly loadedAt: number, readonly bytes: Uint8Array }} Found
 * @typedef {{ readonly read: number, readonly wrong: readonly string[] }} Judgement
 */

/** The newest record of each id. For stores of few. @param {BackupAdapter} backup @returns {Promise<ReadonlyMap<string, Found>>} */
export async function newestOf(backup) {
  /** @type {Map<string, Found>} */
  const newest = new Map();
  for await (const { id } of backup.list()) {
    const found = await backup.read(id);
    if (found !== undefined) newest.set(id, found);
  }
  return newest;
}

/**
 * @param {BackupAdapter} from
 * @param {BackupAdapter} to
 * @param {ReadonlyMap<string, Found>} before What `to` had before the copy.
 * @param {BackupAdapter} inOrderOf One of the two, which reads fastest in the order of its own list.
 * @returns {Promise<Judgement>}
 */
export async function judgeCopy(from, to, before, inOrderOf = from) {
  /** @type {string[]} */
  const wrong = [];
  let read = 0;
  for await (const ids of inGroups(inOrderOf)) {
    const found = await Promise.all(ids.map((id) => faultOf(id, from, to, before.get(id))));
    wrong.push(...found.filter((fault) => fault !== undefined));
    read += ids.length;
  }
  // An id that is not in the list was not looked at.
  for (const store of [from, to]) {
    const count = await countOf(store);
    if (count !== read) wrong.push(`${store === from ? "FROM" : "TO"} has ${count} keys, and ${read} were looked at`);
  }
  return { read, wrong };
}

/** @param {string} id @param {BackupAdapter} from @param {BackupAdapter} to @param {Found | undefined} before */
async function faultOf(id, from, to, before) {
  const [source, copy] = await Promise.all([from.read(id), to.read(id)]);
  const right = newerOf(source, before);
  if (right === undefined) return undefined;
  if (copy === undefined) return `${id} is lost`;
  if (copy.loadedAt < right.loadedAt) return `${id} is older than what was there or at FROM`;
  if (Buffer.compare(copy.bytes, right.bytes) !== 0) return `${id} is not what it was`;
  const below = isDeletion(copy) ? await to.read(id, { before: copy.loadedAt }) : undefined;
  return below === undefined ? undefined : `${id} was deleted, and an older record is still there`;
}

/** @param {Found | undefined} one @param {Found | undefined} other */
function newerOf(one, other) {
  return (one?.loadedAt ?? -1) >= (other?.loadedAt ?? -1) ? one : other;
}

/** @param {Found} found */
function isDeletion({ bytes }) {
  const summary = describeRecord(bytes);
  return typeof summary === "object" && summary.deleted === true;
}

/** @param {BackupAdapter} backup */
async function* inGroups(backup) {
  /** @type {string[]} */
  let ids = [];
  for await (const { id } of backup.list()) {
    ids.push(id);
    if (ids.length < AT_ONCE) continue;
    yield ids;
    ids = [];
  }
  yield ids;
}

/** @param {BackupAdapter} backup */
async function countOf(backup) {
  let count = 0;
  for await (const _ of backup.list()) count++;
  return count;
}
