import { lstat, readdir } from "node:fs/promises";
import { dirname } from "node:path";
import { isGone } from "./errors.ts";
import { isTemporary, stampOfRecord, timeOfMark } from "./layout.ts";

/** What the directory of an id holds. Whatever else is in there (links, directories, other names) is not ours. */
export interface Contents {
  /** `loadedAt` of every record, the newest first. */
  readonly stamps: readonly number[];
  /** Every mark of use, the latest first. There is one, unless two processes made theirs at once. */
  readonly uses: readonly number[];
  /** Names of records on their way, or left behind by a crash. */
  readonly temporaries: readonly string[];
}

const NOTHING: Contents = { stamps: [], uses: [], temporaries: [] };

/** The contents of an id's directory: nothing if there is none, an error if it cannot be looked at. */
export async function contentsOf(directory: string): Promise<Contents> {
  try {
    await refuseLink(dirname(directory));
    await refuseLink(directory);
    const entries = await readdir(directory, { withFileTypes: true });
    return sorted(entries.filter((entry) => entry.isFile()).map((entry) => entry.name));
  } catch (error) {
    if (isGone(error)) return NOTHING;
    throw error;
  }
}

/** When the id was last used, as far as anything tells. Without a mark the newest record does: loading is a use. */
export function lastUse({ uses, stamps }: Contents): number {
  return uses[0] ?? stamps[0] ?? 0;
}

/** The root may be a link, that is its owner's choice; below it a link is no work of ours and leads we know not where. */
async function refuseLink(directory: string): Promise<void> {
  if ((await lstat(directory)).isDirectory()) return;
  throw new Error(`${directory} is in the way: not a directory. Move it aside, or give the backup a directory of its own`);
}

function sorted(names: readonly string[]): Contents {
  return {
    stamps: latestFirst(names.map(stampOfRecord)),
    uses: latestFirst(names.map(timeOfMark)),
    temporaries: names.filter(isTemporary),
  };
}

function latestFirst(times: readonly (number | undefined)[]): number[] {
  return times.filter((time) => time !== undefined).sort((a, b) => b - a);
}
