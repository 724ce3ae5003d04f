import { PLACE_OPTIONS } from "../arguments/options.ts";
import type { Arguments } from "../arguments/arguments.ts";
import { UsageError } from "../arguments/usage-error.ts";
import { keyAsJson } from "../records/key-as-json.ts";
import { type Survey, type UnusedId, unusedIds } from "../records/unused-keys.ts";
import type { BackupStore } from "../stores/backup-store.ts";
import { withDatastore } from "../stores/with-datastore.ts";
import { withStores } from "../stores/with-stores.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { JsonList, Lines } from "../terminal/lines.ts";
import { print } from "../terminal/print.ts";
import { nameOrId, say, showKey } from "../terminal/say.ts";
import { showAge } from "../terminal/show-duration.ts";
import { showSize } from "../terminal/show-size.ts";
import type { Command } from "./command.ts";

const DEFAULT_CULL_TIME = 30 * 86_400_000;

export const cull: Command = {
  name: "cull",
  synopsis: "",
  summary: "delete backups long unused",
  details: [
    "Nothing else deletes backups, so run this about once a week. A cull that would delete more than half of the backups, as after a clock jump, deletes nothing and exits with 1.",
  ],
  options: ["cull-time", "force", "dry-run", "json", ...PLACE_OPTIONS],
  ownHelp: { json: "with --dry-run: print the list as JSON" },
  async run(args) {
    const cullTime = args.positiveDuration("cull-time");
    const force = args.flag("force");
    args.positionals();
    if (args.flag("dry-run")) return await rehearse(args, { cullTime: cullTime ?? DEFAULT_CULL_TIME, force });
    if (args.flag("json")) throw new UsageError("--json goes with --dry-run");
    // Nothing is loaded here. With a ttl of 0, core accepts any cullTime.
    return await withDatastore(args, { cullTime, ttl: 0, usesCache: false }, async ({ datastore }) => {
      const { examined, deleted, failed, postponed } = await datastore.cull({ force });
      await print(`examined ${examined}, deleted ${deleted}, failed ${failed}\n`);
      if (postponed) say(whyPostponed(examined));
      return postponed || failed > 0 ? EXIT.failed : EXIT.ok;
    });
  },
};

/** A cull that examined nothing found the store locked. */
function whyPostponed(examined: number): string {
  if (examined === 0) return "nothing was deleted: another process is culling";
  return "nothing was deleted: it would have been more than half of the backups, or all unused for a month; --force deletes them";
}

/** Lists what would be deleted. */
async function rehearse(args: Arguments, { cullTime, force }: { readonly cullTime: number; readonly force: boolean }): Promise<number> {
  return await withStores(args, async (stores) => {
    const survey: Survey = { examined: 0, unused: 0 };
    if (args.flag("json")) await listAsJson(stores, cullTime, survey);
    else await listAsText(stores, cullTime, survey);
    const isTooMuch = !force && survey.unused > survey.examined / 2;
    if (isTooMuch) say("a cull would delete nothing: this is more than half of the backups; with --force it would");
    return isTooMuch ? EXIT.failed : EXIT.ok;
  });
}

async function listAsJson(stores: readonly BackupStore[], cullTime: number, survey: Survey): Promise<void> {
  const list = new JsonList();
  for (const store of stores) {
    for await (const { ref, ...rest } of unusedIds(store, cullTime, survey)) {
      await list.add({ ...keyAsJson(ref), ...rest, store: store.title });
    }
  }
  await list.end();
}

async function listAsText(stores: readonly BackupStore[], cullTime: number, survey: Survey): Promise<void> {
  const lines = new Lines();
  for (const store of stores) {
    for await (const unused of unusedIds(store, cullTime, survey)) await lines.add(lineOf(unused));
  }
  await lines.add(`examined ${survey.examined}, would delete ${survey.unused}\n`);
  await lines.flush();
}

function lineOf({ id, ref, usedAt, size }: UnusedId): string {
  return `unused for ${showAge(usedAt).padEnd(8)}  ${showSize(size).padStart(5)}  ${showKey(nameOrId(ref, id))}\n`;
}
