import { keyAsJson } from "../records/key-as-json.ts";
import { keptKeys, type ListedKey } from "../records/kept-keys.ts";
import type { BackupStore } from "../stores/backup-store.ts";
import { fullKey } from "../stores/keys.ts";
import { withStores } from "../stores/with-stores.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { JsonList, Lines } from "../terminal/lines.ts";
import { Progress } from "../terminal/progress.ts";
import { say, showKey } from "../terminal/say.ts";
import { showAge } from "../terminal/show-duration.ts";
import { countOf, showSize } from "../terminal/show-size.ts";
import type { Command } from "./command.ts";

/** Up to this many keys are sorted. Of more, the first come out while the others are read, and memory stays flat. */
const MOST_SORTED = 10_000;

export const ls: Command = {
  name: "ls",
  synopsis: "[PREFIX]",
  summary: "list the keys that have a backup",
  details: [
    "Lists every key that begins with PREFIX: how old its backup is, how long it is unused, and its size. The key of a namespace is shown as NAMESPACE/KEY. Up to 10,000 keys are sorted. Exits with 1 if a record cannot be read.",
  ],
  options: ["json", "namespace", "backup"],
  async run(args) {
    const prefix = showKey(fullKey(args.namespace(), args.optionalPositional() ?? ""));
    const isJson = args.flag("json");
    return await withStores(args, async (stores) => {
      const tally = { keys: 0, unreadable: 0 };
      const progress = new Progress(() => `read ${countOf(tally.keys, "key")}`);
      try {
        if (isJson) await listAsJson(stores, prefix, tally);
        else for (const store of stores) await listAsText(store, prefix, { tally, title: stores.length > 1 ? store.title : undefined });
      } finally {
        progress.end();
      }
      if (tally.unreadable > 0) say(`of ${countOf(tally.unreadable, "key")} the newest record cannot be read; see lastgood verify`);
      return tally.unreadable > 0 ? EXIT.failed : EXIT.ok;
    });
  },
};

interface Tally {
  keys: number;
  unreadable: number;
}

async function listAsJson(stores: readonly BackupStore[], prefix: string, tally: Tally): Promise<void> {
  const list = new JsonList();
  for (const store of stores) {
    for await (const key of counted(keptKeys(store, prefix), tally)) {
      if (list.isClosed) return;
      const { ref, ...rest } = key;
      await list.add({ ...keyAsJson(ref), ...rest, store: store.title });
    }
  }
  await list.end();
}

async function listAsText(store: BackupStore, prefix: string, { tally, title }: { readonly tally: Tally; readonly title: string | undefined }): Promise<void> {
  const lines = new Lines();
  let isFirst = true;
  const write = async (keys: Iterable<ListedKey>): Promise<void> => {
    for (const key of keys) {
      if (isFirst) await lines.add(`${title === undefined ? "" : `${title}\n`}${TITLES}`);
      isFirst = false;
      await lines.add(lineOf(key));
    }
  };
  let batch: ListedKey[] | undefined = [];
  for await (const key of counted(keptKeys(store, prefix), tally)) {
    if (lines.isClosed) return;
    if (batch === undefined) await write([key]);
    else if (batch.push(key) > MOST_SORTED) {
      await write(batch);
      batch = undefined;
    }
  }
  await write((batch ?? []).sort((a, b) => compare(nameOf(a), nameOf(b))));
  await lines.flush();
}

async function* counted(keys: AsyncIterable<ListedKey>, tally: Tally): AsyncGenerator<ListedKey, void> {
  for await (const key of keys) {
    tally.keys++;
    if (key.problem !== undefined) tally.unreadable++;
    yield key;
  }
}

const TITLES = `${"AGE".padStart(8)}  ${"UNUSED".padStart(8)}  ${"SIZE".padStart(5)}  KEY\n`;

/** The key comes last, since it may be of any length. */
function lineOf(key: ListedKey): string {
  const { loadedAt, usedAt, size, problem } = key;
  const age = loadedAt === undefined ? "?" : showAge(loadedAt);
  const name = problem === undefined ? nameOf(key) : `${nameOf(key)}  (${problem})`;
  return `${age.padStart(8)}  ${showAge(usedAt).padStart(8)}  ${showSize(size).padStart(5)}  ${fitted(name, 27)}\n`;
}

/** On a terminal a line is a line. */
function fitted(text: string, indent: number): string {
  const { isTTY, columns = 80 } = process.stdout;
  return isTTY && text.length > columns - indent ? `${text.slice(0, Math.max(1, columns - indent - 1))}…` : text;
}

function nameOf({ ref, id }: ListedKey): string {
  return ref === undefined ? `id ${id}` : showKey(ref);
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
