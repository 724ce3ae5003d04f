import { markKey } from "../base/stored-key.ts";
import type { SeenMarks } from "../entry/entry.ts";

const TAG = markKey("tag", "");
const DELETION = markKey("deleted tag", "");

/** The mark of a namespace, by its full name. */
export function namespaceMark(name: string): string {
  return markKey("namespace", name);
}

/** The mark of a tag, by which its values are no longer fresh. */
export function tagMark(tag: string): string {
  return TAG + tag;
}

/** The mark by which backups of a tag no longer stand in. */
export function deletionMark(mark: string): string {
  return DELETION + mark.slice(TAG.length);
}

export function isOfTag([mark]: SeenMarks[number]): boolean {
  return mark.startsWith(TAG);
}

/** The tags of which these are the marks. */
export function tagsIn(marks: SeenMarks = []): readonly string[] {
  return marks.filter(isOfTag).map(([mark]) => mark.slice(TAG.length));
}
