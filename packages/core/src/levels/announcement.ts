import { isObject } from "../base/foreign.ts";
import { isBelievable } from "../entry/entry.ts";
import { decodeNote, encodeNote } from "../entry/note.ts";
import type { RecordFormat } from "../entry/record-format.ts";

const NAME = "announcement";

/** More than any stamp: the clock of the process that stored a copy may be ahead. */
export const ALL: number = Number.MAX_SAFE_INTEGER;

/** What one process tells the others. */
export interface Announcement {
  /** The process, or more exactly the datastore, that tells it. */
  readonly by: string;
  /** The key that has changed; `undefined` if it may be any. */
  readonly key?: string | undefined;
  /** Copies with a lesser stamp are no answers any more. 0 where nothing has changed, and the sender wants to hear itself. */
  readonly outdates: number;
  /** Copies of any stamp are none: the key was expired or deleted, and the clock of whoever stored a copy may be ahead of the sender's. */
  readonly forgets?: boolean | undefined;
}

/** A message with a checksum; encrypted where the records are. */
export function encodeAnnouncement(announcement: Announcement, records: RecordFormat, at: number): Uint8Array {
  if (records.keepsSecrets) return records.sealAside(NAME, at, announcement);
  return encodeNote(NAME, "", at, announcement);
}

/** `undefined` for what is none, or cannot be true: anybody may send anything. Never throws. */
export function decodeAnnouncement(message: Uint8Array, records: RecordFormat, now: number): Announcement | undefined {
  try {
    const told = records.keepsSecrets ? records.openAside(NAME, message) : decodeNote(NAME, message, "")?.content;
    return isAnnouncement(told) && isBelievable(told.outdates, now) ? told : undefined;
  } catch {
    return undefined;
  }
}

function isAnnouncement(told: unknown): told is Announcement {
  if (!isObject(told)) return false;
  const { by, key, outdates, forgets } = told as Partial<Record<keyof Announcement, unknown>>; // each is checked right below
  if (typeof by !== "string" || (key !== undefined && typeof key !== "string")) return false;
  return Number.isSafeInteger(outdates) && Number(outdates) >= 0 && (forgets === undefined || typeof forgets === "boolean");
}
