import { messageOf } from "@lastgood/core/adapter";
import type { BackupPlace } from "../stores/place.ts";
import { isOnServer, showPlace } from "../stores/place.ts";
import { isThere } from "../stores/presence.ts";
import { openToLook } from "../stores/with-stores.ts";
import { showAge, showDuration } from "../terminal/show-duration.ts";
import { countOf, showSize } from "../terminal/show-size.ts";
import { examineDisk } from "./examine-disk.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";
import { type Survey, survey } from "./survey.ts";

/** Clocks of two machines may differ by this, in milliseconds. */
const SKEW = 60_000;
/** A cull a week leaves nothing that is unused for longer than this. */
const LONG_UNUSED = 45 * 86_400_000;

/** What is wrong with a store. Changes nothing, and makes none. */
export async function examineStore(place: BackupPlace): Promise<readonly Finding[]> {
  const about = showPlace(place);
  try {
    if (!isThere(place)) return [missing(place)];
  } catch (error) {
    return [problem(about, messageOf(error), "see whether --backup or LASTGOOD_BACKUP_URL is right")];
  }
  const disk = isOnServer(place) ? [] : await examineDisk(place);
  return [...(await examineContents(place)), ...disk];
}

function missing(place: BackupPlace): Finding {
  return problem(showPlace(place), "there are no backups", "see whether --backup or LASTGOOD_BACKUP_URL is right; the first good answer makes the store");
}

async function examineContents(place: BackupPlace): Promise<readonly Finding[]> {
  const about = showPlace(place);
  try {
    const store = await openToLook(place);
    try {
      return judged(about, await survey(store));
    } finally {
      await store.close();
    }
  } catch (error) {
    return [problem(about, messageOf(error), "while this lasts, nothing stands in for a source that fails")];
  }
}

function judged(about: string, { keys, outages, bytes, newestUse, oldestUse, unreadable, sampled, took }: Survey): readonly Finding[] {
  const now = Date.now();
  const findings = [ok(about, `${countOf(keys, "key")} of ${showSize(bytes)}, listed in ${showDuration(took)}`)];
  if (unreadable > 0) findings.push(problem(about, `${unreadable} of the first ${countOf(sampled, "record")} cannot be read`, "run lastgood verify"));
  if (outages > 0) findings.push(warning(about, `${countOf(outages, "outage")} on record`, "run lastgood status"));
  if (newestUse > now + SKEW) findings.push(warning(about, `its newest use is ${showDuration(newestUse - now)} ahead of the clock of this machine`, "compare the clocks of the machines that use it"));
  if (keys > 0 && now - oldestUse > LONG_UNUSED) findings.push(warning(about, `its oldest key is unused for ${showAge(oldestUse)}`, "run lastgood cull about once a week"));
  return findings;
}
