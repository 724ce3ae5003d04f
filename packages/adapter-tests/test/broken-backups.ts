import type { BackupAdapter } from "@lastgood/core/adapter";
import type { CreateStore } from "../src/index.ts";
import type { Broken } from "./broken.ts";
import { backup, newest, newestTwo, type Shelves, storeOf } from "./correct.ts";

type Override = (correct: BackupAdapter, shelves: Shelves) => Partial<BackupAdapter>;

/** A store in one object, with some methods overridden. */
function one(override: Override): CreateStore<BackupAdapter> {
  return storeOf(() => {
    const shelves: Shelves = new Map();
    const correct = backup(shelves);
    return { ...correct, ...override(correct, shelves) };
  });
}

/** A store that several adapters share, each with its own overrides. */
function several(override: Override): CreateStore<BackupAdapter> {
  return () => {
    const shelves: Shelves = new Map();
    const correct = backup(shelves);
    return { open: () => ({ ...correct, ...override(correct, shelves) }), destroy: () => {} };
  };
}

/** A store that first shows a part of a record, and then the whole record. */
function inTwoSteps(partOf: (bytes: Uint8Array) => Uint8Array): CreateStore<BackupAdapter> {
  return one((correct, shelves) => ({
    async write(id, bytes, times) {
      const { records = [], usedAt = 0 } = shelves.get(id) ?? {};
      const part = { bytes: partOf(bytes), loadedAt: times.loadedAt };
      if (!records.some(({ loadedAt }) => loadedAt === times.loadedAt)) {
        shelves.set(id, { usedAt, records: newestTwo([...records, part]) });
        await Promise.resolve();
      }
      const shelf = shelves.get(id);
      if (shelf) shelf.records = shelf.records.filter((record) => record !== part);
      return correct.write(id, bytes, times);
    },
  }));
}

const NAME = "a backup has a name";
const READ_NOTHING = "read answers undefined for an id without records";
const GREATEST = "read gives the record with the greatest stamp, whatever the order in which they were written";
const TWO = "at least the newest two records of an id are kept, whatever the order in which they were written";
const BEFORE = "read with `before` gives the newest record whose stamp is less than that";
const STAMPS = "stamps are numbers from 0 to Number.MAX_SAFE_INTEGER, and compared as such";
const HELD = "write resolves with the greatest stamp that is now held for the id";
const SAME_STAMP = "of two writes of one stamp the later one stays, whole, whatever its time of use";
const SAME_STAMP_HIDDEN = "of two writes of one stamp the later one stays also if newer records hide it";
const SAME_STAMP_ROOM = "writing a stamp that is there already takes no room from the record before it";
const SAME_STAMP_AT_ONCE = "many writes of the same stamp at once keep one of the records, whole";
const EXACT = "a record comes back exactly as it was written: every one of the 256 bytes";
const NO_BYTES = "a record of no bytes is told from no record";
const LARGE = "a record of 5 MiB is kept whole";
const VIEW = "only the bytes of a view are kept, not those of the buffer around it";
const GIVEN = "bytes given to the adapter are not changed";
const RETURNED = "bytes returned by the adapter are not changed later";
const OWN = "the caller may change returned bytes: no record and no other answer changes with them";
const REALM = "bytes of another realm are accepted, as a test file under Jest has them";
const IDS = "every valid id is accepted, and ids are told apart";
const FOR_ALL = "a record whose write has resolved is there for every adapter on the store";
const REOPENED = "records are there when the store is closed and opened again";
const WRITE_USES = "a write counts as a use at its `usedAt`";
const HIDDEN_WRITE_USES = "a write counts as a use also if newer records hide its own";
const SAME_WRITE_USES = "a write counts as a use also if its stamp is there already";
const EARLIER_WRITE = "a write at an earlier time than the latest use leaves that use as it is";
const TOUCH = "touch records a later use";
const EARLIER_TOUCH = "touch at an earlier time than the latest use changes nothing";
const TOUCH_NOTHING = "touch of an id without records changes nothing";
const TOUCH_RECORDS = "touch leaves the records as they are";
const TIMES = "times of use are numbers from 0 to Number.MAX_SAFE_INTEGER, known to the millisecond by every adapter";
const LIST_NOTHING = "list of an empty store gives nothing";
const LIST_ONCE = "list gives every id that has a record, once, however many records it has";
const LIST_TELLS = "list tells the latest use, and the stamp and the size of the newest record";
const LIST_DELETED = "list gives every id once, even if each is deleted as it comes";
const LIST_WRITTEN = "list gives every id once, even if each is read, written and touched as it comes";
const LIST_OTHERS = "list gives every id that stays while others come and go";
const DETAILS = "details, if a store has any, are strings, before its first call and after it";
const LIST_BROKEN = "a list that is broken off leaves the adapter as it was";
const DELETE = "delete deletes every record of the id, and resolves with true";
const DELETE_NOTHING = "delete of an id without records resolves with false";
const IF_USED = "delete with `ifUsedBefore` deletes the id only if its latest use is less than that";
const USED_MEANWHILE = "delete with `ifUsedBefore` keeps an id that a touch or a write has used meanwhile";
const ALONE = "delete deletes this id and no other";
const AGAIN = "an id can be written again after its delete, with an older stamp too";
const LAST_TO_GO = "while an id is deleted, read gives its newest record or nothing: the newest is the last to go";
const WRITE_AND_DELETE = "a write and a delete of the same id at once both succeed, and leave the record whole or absent";
const WHILE_WRITTEN = "while others write an id, read gives a whole record, and never an older one than write has resolved with";
const MANY_SAME = "many writes of an id at once leave the two newest, whole";
const MANY_IDS = "many writes of different ids at once leave each id its own record";
const MANY_USES = "many uses of an id at once leave the latest of them";
const LOCK_ONE = "the lock, if a store has one, has one holder at a time, whichever adapter asks";
const LOCK_RELEASE = "the lock can be taken again after its release, and a second release does nothing";
const LOCK_NOBODY = "the lock keeps nobody from reading, writing and deleting";
const ABORTED_WRITE = "with a signal that is aborted, write rejects or answers; its record is whole or absent, and earlier ones stay";
const ABORTED_READ = "with a signal that is aborted, read and list reject or answer as without one";
const ABORTED_DELETE = "with a signal that is aborted, touch and delete reject or answer, and take effect or not";
const ABORTED_LOCK = "with a signal that is aborted, lock rejects or answers, and leaves no lock that nobody can release";
const CLOSE_ONE = "closing one adapter closes nothing of another one's";
const CLOSE_TWICE = "a second close does nothing";

export const brokenBackups: readonly Broken<BackupAdapter>[] = [
  {
    how: "has an empty name",
    store: one(() => ({ name: "" })),
    fails: [NAME],
  },
  {
    how: "answers null for nothing",
    // What plain JavaScript can do and the type forbids.
    store: one((correct) => ({ read: async (...args) => (await correct.read(...args)) ?? (null as unknown as undefined) })),
    fails: [
      READ_NOTHING,
      BEFORE,
      SAME_STAMP,
      TOUCH_NOTHING,
      DELETE,
      IF_USED,
      ALONE,
      LAST_TO_GO,
      WRITE_AND_DELETE,
      WHILE_WRITTEN,
      ABORTED_DELETE,
    ],
  },
  {
    how: "takes what was written last for the newest",
    store: one((correct, shelves) => ({
      write(id, bytes, { loadedAt, usedAt }) {
        const { records = [], usedAt: known = 0 } = shelves.get(id) ?? {};
        const others = records.filter((record) => record.loadedAt !== loadedAt);
        shelves.set(id, { usedAt: Math.max(known, usedAt), records: [{ bytes: new Uint8Array(bytes), loadedAt }, ...others] });
        return loadedAt;
      },
    })),
    fails: [GREATEST, TWO, STAMPS, HELD, SAME_STAMP_HIDDEN, FOR_ALL, LIST_TELLS, USED_MEANWHILE, MANY_SAME],
  },
  {
    how: "keeps the newest record alone",
    store: one((correct, shelves) => ({
      write(id, bytes, times) {
        const held = correct.write(id, bytes, times);
        const shelf = shelves.get(id);
        if (shelf) shelf.records = shelf.records.slice(0, 1);
        return held;
      },
    })),
    fails: [TWO, BEFORE, STAMPS, SAME_STAMP_HIDDEN, SAME_STAMP_ROOM, EXACT, REOPENED, TOUCH_RECORDS, MANY_SAME, ABORTED_WRITE],
  },
  {
    how: "keeps the newest record and the one that was written last",
    store: one((correct, shelves) => ({
      write(id, bytes, times) {
        const held = shelves.get(id)?.records[0];
        const written = { bytes: new Uint8Array(bytes), loadedAt: times.loadedAt };
        const records = newestTwo(held ? [written, held] : [written]);
        shelves.set(id, { usedAt: Math.max(times.usedAt, shelves.get(id)?.usedAt ?? 0), records });
        return records[0]?.loadedAt ?? times.loadedAt;
      },
    })),
    fails: [TWO, SAME_STAMP_ROOM, MANY_SAME],
  },
  {
    how: "counts the record of `before` itself as being before it",
    store: one((correct) => ({
      read: (id, options) => correct.read(id, options?.before === undefined ? {} : { before: options.before + 1 }),
    })),
    fails: [
      TWO,
      BEFORE,
      STAMPS,
      SAME_STAMP,
      SAME_STAMP_HIDDEN,
      SAME_STAMP_ROOM,
      EXACT,
      REOPENED,
      TOUCH_RECORDS,
      MANY_SAME,
      ABORTED_WRITE,
    ],
  },
  {
    how: "answers with the newest record if none is before `before`",
    store: one((correct) => ({ read: async (id, options) => (await correct.read(id, options)) ?? correct.read(id) })),
    fails: [BEFORE, SAME_STAMP],
  },
  {
    how: "keeps stamps in 32 bits",
    store: one((correct) => ({
      write: (id, bytes, { loadedAt, ...rest }) => correct.write(id, bytes, { ...rest, loadedAt: loadedAt >>> 0 }),
    })),
    fails: [STAMPS],
  },
  {
    how: "orders stamps as text",
    store: one((correct, shelves) => ({
      write(id, bytes, { loadedAt, usedAt }) {
        const { records = [], usedAt: known = 0 } = shelves.get(id) ?? {};
        const others = records.filter((record) => record.loadedAt !== loadedAt);
        const all = [...others, { bytes: new Uint8Array(bytes), loadedAt }];
        const sorted = all.sort((a, b) => (`${a.loadedAt}` < `${b.loadedAt}` ? 1 : -1));
        shelves.set(id, { usedAt: Math.max(known, usedAt), records: sorted.slice(0, 2) });
        return sorted[0]?.loadedAt ?? loadedAt;
      },
    })),
    fails: [STAMPS, HELD, USED_MEANWHILE, WHILE_WRITTEN],
  },
  {
    how: "resolves a write with the stamp of that write",
    store: one((correct) => ({
      async write(id, bytes, times) {
        await correct.write(id, bytes, times);
        return times.loadedAt;
      },
    })),
    fails: [HELD, SAME_STAMP_HIDDEN, FOR_ALL],
  },
  {
    how: "appends to the record if the stamp is there already",
    store: one((correct, shelves) => ({
      async write(id, bytes, times) {
        const there = shelves.get(id)?.records.find(({ loadedAt }) => loadedAt === times.loadedAt);
        if (!there) return correct.write(id, bytes, times);
        const appended = { bytes: Buffer.concat([there.bytes, bytes]), loadedAt: times.loadedAt };
        const records = newestTwo([appended, ...(shelves.get(id)?.records ?? [])]);
        shelves.set(id, { usedAt: Math.max(times.usedAt, shelves.get(id)?.usedAt ?? 0), records });
        return times.loadedAt;
      },
    })),
    fails: [SAME_STAMP, SAME_STAMP_HIDDEN, SAME_STAMP_ROOM, SAME_STAMP_AT_ONCE],
  },
  {
    how: "keeps the first of two records of one stamp",
    store: one((correct, shelves) => ({
      write(id, bytes, times) {
        const there = shelves.get(id)?.records.find(({ loadedAt }) => loadedAt === times.loadedAt);
        return correct.write(id, there?.bytes ?? bytes, times);
      },
    })),
    fails: [SAME_STAMP, SAME_STAMP_HIDDEN],
  },
  {
    how: "keeps, of two records of one stamp, the one that was used later",
    store: one((correct, shelves) => {
      const uses = new Map<string, number>();
      return {
        write(id, bytes, times) {
          const record = `${id} ${times.loadedAt}`;
          const there = shelves.get(id)?.records.find(({ loadedAt }) => loadedAt === times.loadedAt);
          const isLater = !there || times.usedAt >= (uses.get(record) ?? 0);
          if (isLater) uses.set(record, times.usedAt);
          return correct.write(id, isLater ? bytes : there.bytes, times);
        },
      };
    }),
    fails: [SAME_STAMP],
  },
  {
    how: "keeps the first of two records of one stamp once a newer one is there",
    store: one((correct, shelves) => ({
      write(id, bytes, times) {
        const { records = [] } = shelves.get(id) ?? {};
        const hidden = records.find(({ loadedAt }, index) => index > 0 && loadedAt === times.loadedAt);
        return correct.write(id, hidden?.bytes ?? bytes, times);
      },
    })),
    fails: [SAME_STAMP_HIDDEN],
  },
  {
    how: "keeps two records of the same stamp",
    store: one((_, shelves) => ({
      write(id, bytes, { loadedAt, usedAt }) {
        const { records = [], usedAt: known = 0 } = shelves.get(id) ?? {};
        const all = [{ bytes: new Uint8Array(bytes), loadedAt }, ...records].sort((a, b) => b.loadedAt - a.loadedAt);
        shelves.set(id, { usedAt: Math.max(known, usedAt), records: all.slice(0, 2) });
        return all[0]?.loadedAt ?? loadedAt;
      },
    })),
    fails: [SAME_STAMP_ROOM],
  },
  {
    how: "cuts zeros off the end of a record",
    store: one((correct) => ({
      write: (id, bytes, times) => correct.write(id, bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0) + 1), times),
    })),
    fails: [EXACT],
  },
  {
    how: "takes a record of no bytes for none",
    store: one((correct) => ({
      async read(...args) {
        const record = await correct.read(...args);
        return record?.bytes.length ? record : undefined;
      },
    })),
    fails: [NO_BYTES],
  },
  {
    how: "cuts records at 1 MiB",
    store: one((correct) => ({ write: (id, bytes, times) => correct.write(id, bytes.subarray(0, 2 ** 20), times) })),
    fails: [LARGE],
  },
  {
    how: "writes the whole buffer of a view",
    store: one((correct) => ({ write: (id, bytes, times) => correct.write(id, new Uint8Array(bytes.buffer), times) })),
    fails: [VIEW],
  },
  {
    how: "scrambles the bytes it is given, in place",
    store: one((correct) => ({
      async write(id, bytes, times) {
        const held = await correct.write(id, bytes, times);
        bytes.reverse();
        return held;
      },
    })),
    fails: [GIVEN],
  },
  {
    how: "returns its own buffer, and wipes it on deletion",
    store: one((correct, shelves) => ({
      read: (id, { before = Infinity } = {}) => shelves.get(id)?.records.find(({ loadedAt }) => loadedAt < before),
      delete(id, options) {
        const records = shelves.get(id)?.records ?? [];
        const deleted = correct.delete(id, options);
        if (deleted === true) for (const { bytes } of records) bytes.fill(0);
        return deleted;
      },
    })),
    fails: [RETURNED, OWN],
  },
  {
    how: "gives one answer to all who read at the same time",
    store: one((correct) => {
      const reading = new Map<string, ReturnType<BackupAdapter["read"]>>();
      return {
        read(id, { before } = {}) {
          const asked = `${id} ${before}`;
          const answer = reading.get(asked) ?? Promise.resolve(correct.read(id, { before })).finally(() => reading.delete(asked));
          reading.set(asked, answer);
          return answer;
        },
      };
    }),
    fails: [OWN],
  },
  {
    how: "knows bytes by `instanceof`",
    store: one((correct) => ({
      write(id, bytes, times) {
        if (!(bytes instanceof Uint8Array)) throw new TypeError("bytes must be a Uint8Array");
        return correct.write(id, bytes, times);
      },
    })),
    fails: [REALM],
  },
  {
    how: "cuts ids to 99 characters",
    store: one((correct) => ({
      read: (id, options) => correct.read(id.slice(0, 99), options),
      write: (id, bytes, times) => correct.write(id.slice(0, 99), bytes, times),
    })),
    fails: [IDS],
  },
  {
    how: "keeps in each adapter what that adapter has written",
    store: several(() => backup()),
    fails: [
      SAME_STAMP,
      FOR_ALL,
      REOPENED,
      TIMES,
      USED_MEANWHILE,
      WHILE_WRITTEN,
      MANY_SAME,
      MANY_USES,
      LOCK_ONE,
      LOCK_RELEASE,
      LOCK_NOBODY,
    ],
  },
  {
    how: "loses everything when it is closed",
    store: several((_, shelves) => ({ close: () => shelves.clear() })),
    fails: [REOPENED],
  },
  {
    how: "reads a clock of its own",
    store: one((correct) => ({
      write: (id, bytes, { loadedAt }) => correct.write(id, bytes, { loadedAt, usedAt: Date.now() }),
      touch: (id) => correct.touch(id, { usedAt: Date.now() }),
    })),
    fails: [
      REOPENED,
      WRITE_USES,
      HIDDEN_WRITE_USES,
      SAME_WRITE_USES,
      EARLIER_WRITE,
      TOUCH,
      EARLIER_TOUCH,
      TOUCH_NOTHING,
      TIMES,
      LIST_TELLS,
      LIST_DELETED,
      IF_USED,
      USED_MEANWHILE,
      MANY_USES,
      ABORTED_DELETE,
    ],
  },
  {
    how: "counts as a use only a write of the newest record",
    store: one((correct, shelves) => ({
      write(id, bytes, times) {
        const shelf = shelves.get(id);
        const usedAt = shelf && newest(shelf).loadedAt > times.loadedAt ? shelf.usedAt : times.usedAt;
        return correct.write(id, bytes, { ...times, usedAt });
      },
    })),
    fails: [HIDDEN_WRITE_USES, LIST_TELLS, USED_MEANWHILE],
  },
  {
    how: "counts no use by a write whose stamp is there already",
    store: one((correct, shelves) => ({
      write(id, bytes, times) {
        const there = shelves.get(id)?.records.some(({ loadedAt }) => loadedAt === times.loadedAt);
        return correct.write(id, bytes, there ? { ...times, usedAt: 0 } : times);
      },
    })),
    fails: [SAME_WRITE_USES],
  },
  {
    how: "takes the latest write for the latest use",
    store: one((correct, shelves) => ({
      async write(id, bytes, times) {
        const held = await correct.write(id, bytes, times);
        const shelf = shelves.get(id);
        if (shelf) shelf.usedAt = times.usedAt;
        return held;
      },
    })),
    fails: [EARLIER_WRITE, LIST_TELLS],
  },
  {
    how: "does nothing when touched",
    store: one(() => ({ touch: () => {} })),
    fails: [TOUCH, TIMES, USED_MEANWHILE, MANY_USES, ABORTED_DELETE],
  },
  {
    how: "takes the latest touch for the latest use",
    store: one((_, shelves) => ({
      touch(id, { usedAt }) {
        const shelf = shelves.get(id);
        if (shelf) shelf.usedAt = usedAt;
      },
    })),
    fails: [EARLIER_TOUCH, MANY_USES],
  },
  {
    how: "makes an id by touching it",
    store: one((correct, shelves) => ({
      touch(id, { usedAt }) {
        if (!shelves.has(id)) shelves.set(id, { usedAt, records: [] });
        return correct.touch(id, { usedAt });
      },
    })),
    fails: [TOUCH_NOTHING],
  },
  {
    how: "drops the older record when touched",
    store: one((correct, shelves) => ({
      touch(id, times) {
        const shelf = shelves.get(id);
        if (shelf) shelf.records = shelf.records.slice(0, 1);
        return correct.touch(id, times);
      },
    })),
    fails: [TOUCH_RECORDS],
  },
  {
    how: "keeps times of use in whole seconds",
    store: one((correct) => ({
      touch: (id, { usedAt }) => correct.touch(id, { usedAt: Math.floor(usedAt / 1_000) * 1_000 }),
    })),
    fails: [TIMES],
  },
  {
    how: "lists its own mark beside the ids",
    store: one((correct) => ({
      async *list() {
        yield { id: "mark", usedAt: 0, loadedAt: 0, size: 0 };
        yield* correct.list();
      },
    })),
    fails: [
      IDS,
      TOUCH_NOTHING,
      LIST_NOTHING,
      LIST_ONCE,
      LIST_TELLS,
      LIST_DELETED,
      LIST_WRITTEN,
      LIST_BROKEN,
      DELETE,
      USED_MEANWHILE,
      ALONE,
      ABORTED_READ,
      CLOSE_ONE,
    ],
  },
  {
    how: "lists the first page of 100 ids",
    store: one((correct) => ({
      async *list() {
        let count = 0;
        for await (const info of correct.list()) if (count++ < 100) yield info;
      },
    })),
    fails: [LIST_ONCE],
  },
  {
    how: "lists an id for every record",
    store: one((_, shelves) => ({
      async *list() {
        for (const [id, { usedAt, records }] of [...shelves]) {
          for (const { bytes, loadedAt } of records) yield { id, usedAt, loadedAt, size: bytes.length };
        }
      },
    })),
    fails: [
      STAMPS,
      NO_BYTES,
      REOPENED,
      WRITE_USES,
      HIDDEN_WRITE_USES,
      EARLIER_WRITE,
      LIST_ONCE,
      LIST_TELLS,
      ABORTED_DELETE,
    ],
  },
  {
    how: "lists the size of all records of an id together",
    store: one((correct, shelves) => ({
      async *list() {
        for await (const info of correct.list()) {
          const sizes = shelves.get(info.id)?.records.map(({ bytes }) => bytes.length) ?? [];
          yield { ...info, size: sizes.reduce((sum, size) => sum + size, 0) };
        }
      },
    })),
    fails: [NO_BYTES, REOPENED, LIST_TELLS],
  },
  {
    how: "lists by position, and skips one for every id that is deleted meanwhile",
    store: one((_, shelves) => ({
      async *list() {
        for (let at = 0; at < shelves.size; at++) {
          const found = [...shelves][at];
          if (!found) return;
          const [id, shelf] = found;
          const { bytes, loadedAt } = newest(shelf);
          yield { id, usedAt: shelf.usedAt, loadedAt, size: bytes.length };
        }
      },
    })),
    fails: [LIST_DELETED, LIST_OTHERS],
  },
  {
    how: "lists an id again when it has been written meanwhile",
    store: one((correct, shelves) => ({
      write(id, bytes, times) {
        const shelf = shelves.get(id);
        shelves.delete(id);
        if (shelf) shelves.set(id, shelf);
        return correct.write(id, bytes, times);
      },
      async *list() {
        for (const [id, shelf] of shelves) {
          const { bytes, loadedAt } = newest(shelf);
          yield { id, usedAt: shelf.usedAt, loadedAt, size: bytes.length };
        }
      },
    })),
    fails: [LIST_WRITTEN],
  },
  {
    how: "stays busy when a list is broken off",
    store: one((correct) => {
      let busy = false;
      return {
        async *list() {
          if (busy) throw new Error("busy with another list");
          busy = true;
          yield* correct.list();
          busy = false;
        },
      };
    }),
    fails: [LIST_BROKEN],
  },
  {
    how: "tells of itself in numbers",
    // @ts-expect-error: this is what an author without types may do
    store: one((correct) => ({ ...correct, details: { port: 5432 } })),
    fails: [DETAILS],
  },
  {
    how: "deletes the newest record alone",
    store: one((correct, shelves) => ({
      delete(id) {
        const shelf = shelves.get(id);
        if (!shelf || shelf.records.length < 2) return correct.delete(id);
        shelf.records = shelf.records.slice(1);
        return true;
      },
    })),
    fails: [TIMES, DELETE, IF_USED, USED_MEANWHILE, LAST_TO_GO, ABORTED_DELETE],
  },
  {
    how: "says of every delete that it deleted something",
    store: one((correct) => ({ delete: async (id, options) => (await correct.delete(id, options)) || true })),
    fails: [TOUCH_NOTHING, TIMES, DELETE_NOTHING, IF_USED, USED_MEANWHILE],
  },
  {
    how: "deletes also what was used at `ifUsedBefore`",
    store: one((correct) => ({
      delete: (id, { ifUsedBefore = Infinity } = {}) => correct.delete(id, { ifUsedBefore: ifUsedBefore + 1 }),
    })),
    fails: [TIMES, IF_USED],
  },
  {
    how: "asks when the record was loaded, not when it was used",
    store: one((_, shelves) => ({
      delete(id, { ifUsedBefore = Infinity } = {}) {
        const shelf = shelves.get(id);
        return shelf !== undefined && newest(shelf).loadedAt < ifUsedBefore && shelves.delete(id);
      },
    })),
    fails: [TIMES, IF_USED, USED_MEANWHILE],
  },
  {
    how: "goes by the time of use that it listed",
    store: one((correct, shelves) => {
      const listedAt = new Map<string, number>();
      return {
        async *list() {
          for await (const info of correct.list()) {
            listedAt.set(info.id, info.usedAt);
            yield info;
          }
        },
        delete(id, { ifUsedBefore = Infinity } = {}) {
          const usedAt = listedAt.get(id) ?? shelves.get(id)?.usedAt ?? 0;
          return usedAt < ifUsedBefore && shelves.delete(id);
        },
      };
    }),
    fails: [USED_MEANWHILE],
  },
  {
    how: "deletes all ids that begin with the id",
    store: one((correct, shelves) => ({
      delete(id, options) {
        if (options === undefined) for (const other of shelves.keys()) if (other.startsWith(`${id}-`)) shelves.delete(other);
        return correct.delete(id, options);
      },
    })),
    fails: [ALONE],
  },
  {
    how: "hides what is older than a record that was deleted",
    store: one((correct, shelves) => {
      const deleted = new Map<string, number>();
      return {
        write(id, bytes, times) {
          const hidden = times.loadedAt < (deleted.get(id) ?? 0);
          return hidden ? times.loadedAt : correct.write(id, bytes, times);
        },
        delete(id, options) {
          const shelf = shelves.get(id);
          if (shelf) deleted.set(id, newest(shelf).loadedAt);
          return correct.delete(id, options);
        },
      };
    }),
    fails: [AGAIN],
  },
  {
    how: "deletes the newest record first",
    store: one((correct, shelves) => ({
      async delete(id, options) {
        const shelf = shelves.get(id);
        if (options === undefined && shelf && shelf.records.length > 1) {
          shelf.records = shelf.records.slice(1);
          await new Promise((resolve) => setImmediate(resolve));
        }
        return correct.delete(id, options);
      },
    })),
    fails: [LAST_TO_GO],
  },
  {
    how: "cannot write into what is being deleted",
    store: one((correct, shelves) => ({
      async write(id, bytes, times) {
        const there = shelves.has(id);
        await Promise.resolve();
        if (there && !shelves.has(id)) throw new Error("the directory is gone");
        return correct.write(id, bytes, times);
      },
    })),
    fails: [WRITE_AND_DELETE],
  },
  {
    how: "writes a record in two halves",
    store: inTwoSteps((bytes) => bytes.slice(0, bytes.length / 2)),
    fails: [WHILE_WRITTEN],
  },
  {
    how: "makes room for a record, and fills it in afterwards",
    store: inTwoSteps((bytes) => bytes.slice().fill(0, bytes.length / 2)),
    fails: [WHILE_WRITTEN],
  },
  {
    how: "reads again what it has read before",
    store: several((correct) => {
      const kept = new Map<string, ReturnType<BackupAdapter["read"]>>();
      return {
        read(id, options) {
          if (options?.before !== undefined) return correct.read(id, options);
          const record = kept.get(id) ?? correct.read(id, options);
          kept.set(id, record);
          return record;
        },
        write(id, bytes, times) {
          kept.delete(id);
          return correct.write(id, bytes, times);
        },
        delete(id, options) {
          kept.delete(id);
          return correct.delete(id, options);
        },
      };
    }),
    fails: [SAME_STAMP, OWN, FOR_ALL, WHILE_WRITTEN],
  },
  {
    how: "loses a record when two are written at once",
    store: one((_, shelves) => ({
      async write(id, bytes, { loadedAt, usedAt }) {
        const { records = [], usedAt: known = 0 } = shelves.get(id) ?? {};
        await Promise.resolve();
        const both = newestTwo([{ bytes: new Uint8Array(bytes), loadedAt }, ...records]);
        shelves.set(id, { usedAt: Math.max(known, usedAt), records: both });
        return both[0]?.loadedAt ?? loadedAt;
      },
    })),
    fails: [MANY_SAME],
  },
  {
    how: "loses a use when two are told of at once",
    store: one((_, shelves) => ({
      async touch(id, { usedAt }) {
        const known = shelves.get(id)?.usedAt ?? 0;
        await Promise.resolve();
        const shelf = shelves.get(id);
        if (shelf && usedAt > known) shelf.usedAt = usedAt;
      },
    })),
    fails: [MANY_USES],
  },
  {
    how: "uses one buffer for the writes of all ids",
    store: one((correct) => {
      const shared = new Uint8Array(6 * 2 ** 20);
      return {
        async write(id, bytes, times) {
          shared.set(bytes);
          await Promise.resolve();
          return correct.write(id, shared.subarray(0, bytes.length), times);
        },
      };
    }),
    fails: [MANY_SAME, MANY_IDS],
  },
  {
    how: "gives its lock to everybody",
    store: one(() => ({ lock: () => () => {} })),
    fails: [LOCK_ONE, LOCK_RELEASE],
  },
  {
    how: "gives its lock to one of each adapter",
    store: several(() => {
      const { lock } = backup();
      return lock ? { lock } : {};
    }),
    fails: [LOCK_ONE, LOCK_RELEASE],
  },
  {
    how: "gives away the lock of another on a second release",
    store: one(() => {
      let locked = false;
      return {
        lock() {
          if (locked) return undefined;
          locked = true;
          return () => void (locked = false);
        },
      };
    }),
    fails: [LOCK_RELEASE],
  },
  {
    how: "throws on a second release",
    store: one((correct) => ({
      async lock() {
        const release = await correct.lock?.();
        let released = false;
        return (
          release &&
          (() => {
            if (released) throw new Error("released already");
            released = true;
            return release();
          })
        );
      },
    })),
    fails: [LOCK_RELEASE],
  },
  {
    how: "lets nobody write while the lock is taken",
    store: one((correct) => {
      let locked = false;
      return {
        async lock() {
          const release = await correct.lock?.();
          if (!release) return undefined;
          locked = true;
          return async () => {
            locked = false;
            await release();
          };
        },
        write(id, bytes, times) {
          if (locked) throw new Error("locked");
          return correct.write(id, bytes, times);
        },
      };
    }),
    fails: [LOCK_NOBODY],
  },
  {
    how: "takes the lock for a caller that has gone",
    store: one((correct) => ({
      async lock(options) {
        const release = await correct.lock?.();
        options?.signal?.throwIfAborted();
        return release;
      },
    })),
    fails: [ABORTED_LOCK],
  },
  {
    how: "writes half a record when its signal is aborted",
    store: one((correct) => ({
      write: (id, bytes, options) => correct.write(id, options.signal?.aborted ? bytes.subarray(0, 20_000) : bytes, options),
    })),
    fails: [ABORTED_WRITE],
  },
  {
    how: "clears the id before it sees that its signal is aborted",
    store: one((correct, shelves) => ({
      write(id, bytes, options) {
        if (options.signal?.aborted) shelves.delete(id);
        options.signal?.throwIfAborted();
        return correct.write(id, bytes, options);
      },
    })),
    fails: [ABORTED_WRITE],
  },
  {
    how: "ends a list early when its signal is aborted",
    store: one((correct) => ({
      async *list(options) {
        for await (const info of correct.list()) {
          if (options?.signal?.aborted) return;
          yield info;
        }
      },
    })),
    fails: [ABORTED_READ],
  },
  {
    how: "says that it has deleted when its signal is aborted",
    store: one((correct) => ({
      delete: (id, options) => (options?.signal?.aborted ? true : correct.delete(id, options)),
    })),
    fails: [ABORTED_DELETE],
  },
  {
    how: "closes a client that another adapter uses",
    store: () => {
      const correct = backup();
      let closed = false;
      const open = (): BackupAdapter => ({
        ...correct,
        write(id, bytes, times) {
          if (closed) throw new Error("the client is closed");
          return correct.write(id, bytes, times);
        },
        close: () => void (closed = true),
      });
      return { open, destroy: () => {} };
    },
    fails: [CLOSE_ONE],
  },
  {
    how: "throws on a second close",
    store: one(() => {
      let closed = false;
      return {
        close() {
          if (closed) throw new Error("closed already");
          closed = true;
        },
      };
    }),
    fails: [REOPENED, CLOSE_TWICE],
  },
];
