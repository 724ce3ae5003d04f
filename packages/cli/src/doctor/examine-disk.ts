import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf } from "@lastgood/core/adapter";
import { type BackupPlace, showPlace } from "../stores/place.ts";
import { showSize } from "../terminal/show-size.ts";
import { type Finding, ok, problem, warning } from "./finding.ts";

const LEAST_SPACE = 100 * 2 ** 20;
const LEAST_SHARE = 0.05;

/** Who may read and write a store on a disk, and how much room there is. */
export async function examineDisk(place: BackupPlace & { readonly path: string }): Promise<readonly Finding[]> {
  return [...(await examineAccess(place)), ...(await examinePrivacy(place)), ...(await examineSpace(place))];
}

/** SQLite makes its journal beside the file. */
async function examineAccess(place: BackupPlace & { readonly path: string }): Promise<readonly Finding[]> {
  const about = showPlace(place);
  if (place.kind === "seed") return [];
  const paths = place.kind === "sqlite" ? [place.path, dirname(place.path)] : [place.path];
  for (const path of paths) {
    try {
      await access(path, constants.R_OK | constants.W_OK);
    } catch (error) {
      return [problem(about, `this user cannot write it: ${messageOf(error)}`, `run as the user that owns ${path}, or change its owner`)];
    }
  }
  return [ok(about, "this user can read and write it")];
}

/** Backups may hold secrets. A seed is shipped, and is for everybody. */
async function examinePrivacy(place: BackupPlace & { readonly path: string }): Promise<readonly Finding[]> {
  if (place.kind === "seed" || process.platform === "win32") return [];
  const { mode } = await stat(place.path);
  if ((mode & 0o077) === 0) return [];
  const shown = `0${(mode & 0o777).toString(8)}`;
  return [warning(showPlace(place), `other users may reach it (mode ${shown})`, `chmod go= ${place.path}, unless they share it`)];
}

async function examineSpace(place: BackupPlace & { readonly path: string }): Promise<readonly Finding[]> {
  const about = showPlace(place);
  if (place.kind === "seed") return [];
  const { bavail, blocks, bsize, files, ffree } = await statfs(place.path);
  const free = bavail * bsize;
  if (files > 0 && ffree === 0) return [problem(about, "the disk has no inode left", "delete files: nothing new can be kept")];
  if (free < LEAST_SPACE || bavail / blocks < LEAST_SHARE) {
    const all = free < 2 ** 20 ? problem : warning;
    return [all(about, `${showSize(free)} are free on its disk`, "make room: nothing new can be kept on a full disk")];
  }
  return [ok(about, `${showSize(free)} are free on its disk`)];
}
