/**
 * <prefix><id>/<loadedAt>-<usedAt>   a record: its content is the bytes and nothing else
 * <prefix><id>/used-<usedAt>         a mark of use: an empty object
 *
 * The names hold everything that the store knows about an id, so a listing is enough and no object is read. A time is
 * written as Number.MAX_SAFE_INTEGER minus the time, in sixteen digits. S3 sorts names, so the newest record comes first,
 * and the marks come after all records.
 */
const NAME = /^([a-z\d_-]{1,100})\/(?:(\d{16})-(\d{16})|used-(\d{16}))$/;
const ID = /^[a-z\d_-]{1,100}$/;

/** The length of the longest name, without the prefix. */
export const LONGEST_NAME: number = 100 + 1 + 16 + 1 + 16;

export interface RecordName {
  readonly id: string;
  readonly loadedAt: number;
  readonly usedAt: number;
}

export interface MarkName {
  readonly id: string;
  readonly loadedAt?: undefined;
  readonly usedAt: number;
}

/** The common prefix of all names of the id, and of no others. */
export function folderOf(prefix: string, id: string): string {
  // Core makes no other ids. They are checked here because an id must not lead into another store.
  if (!ID.test(id)) throw new RangeError('an id is 1 to 100 characters of "a-z 0-9 _ -"');
  return `${prefix}${id}/`;
}

export function recordKey(prefix: string, { id, loadedAt, usedAt }: RecordName): string {
  return `${folderOf(prefix, id)}${countdown(loadedAt)}-${countdown(usedAt)}`;
}

export function markKey(prefix: string, { id, usedAt }: MarkName): string {
  return `${folderOf(prefix, id)}used-${countdown(usedAt)}`;
}

/** The parts of a name; `undefined` for a foreign object. */
export function parsedKey(prefix: string, key: string): RecordName | MarkName | undefined {
  const [, id, record, recordUse, mark] = NAME.exec(key.slice(prefix.length)) ?? [];
  if (id === undefined) return undefined;
  const loadedAt = timeOf(record);
  const usedAt = timeOf(recordUse ?? mark);
  if (usedAt === undefined || (record !== undefined && loadedAt === undefined)) return undefined;
  return loadedAt === undefined ? { id, usedAt } : { id, loadedAt, usedAt };
}

function countdown(time: number): string {
  if (!Number.isSafeInteger(time) || time < 0) {
    throw new RangeError(`a time is a whole number of milliseconds from 0 to ${Number.MAX_SAFE_INTEGER}, not ${time}`);
  }
  return String(Number.MAX_SAFE_INTEGER - time).padStart(16, "0");
}

/** `undefined` for digits that are not a time, as in a foreign name. */
function timeOf(digits: string | undefined): number | undefined {
  const time = Number.MAX_SAFE_INTEGER - Number(digits);
  return Number.isSafeInteger(time) && time >= 0 ? time : undefined;
}
