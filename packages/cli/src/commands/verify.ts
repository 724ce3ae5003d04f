import { type Defect, defectsOf, type Tally } from "../records/check-store.ts";
import { keyAsJson } from "../records/key-as-json.ts";
import { withStores } from "../stores/with-stores.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { JsonList, Lines } from "../terminal/lines.ts";
import { print } from "../terminal/print.ts";
import { Progress } from "../terminal/progress.ts";
import { nameOrId, onOneLine, say, showKey } from "../terminal/say.ts";
import { countOf, showCount, showSize } from "../terminal/show-size.ts";
import type { Command } from "./command.ts";

export const verify: Command = {
  name: "verify",
  synopsis: "",
  summary: "read every record and check its sum",
  details: [
    "Reads every record of every key, and checks that it is as it was written. Prints a line for each that is not, and exits with 1. Of a SQLite file it checks the tables too. Changes nothing: lastgood skips a bad record, and the next good answer of its source replaces it.",
    "It cannot tell a record that is missing altogether, or a wrong time of last use.",
  ],
  options: ["json", "backup"],
  async run(args) {
    const isJson = args.flag("json");
    args.positionals();
    return await withStores(args, async (stores) => {
      const tally: Tally = { keys: 0, records: 0, outages: 0, marks: 0, bytes: 0 };
      const progress = new Progress(() => `verified ${countOf(tally.records, "record")}, ${showSize(tally.bytes)}`);
      const write = isJson ? jsonWriter() : textWriter(progress);
      let bad = 0;
      try {
        for (const store of stores) {
          for await (const defect of defectsOf(store, tally)) {
            bad++;
            await write.add(defect);
          }
        }
      } finally {
        progress.end();
      }
      await write.end();
      await report(tally, bad, isJson);
      return bad > 0 ? EXIT.failed : EXIT.ok;
    });
  },
};

interface Writer {
  add(defect: Defect): Promise<void>;
  end(): Promise<void>;
}

function textWriter(progress: Progress): Writer {
  const lines = new Lines();
  return {
    add: async (defect) => {
      progress.clear();
      await lines.add(`${onOneLine(described(defect))}\n`);
    },
    end: () => lines.flush(),
  };
}

function jsonWriter(): Writer {
  const list = new JsonList();
  return {
    add: ({ ref, ...defect }) => list.add({ key: keyAsJson(ref).key, ...defect }),
    end: () => list.end(),
  };
}

function described({ store, id, ref, generation, problem }: Defect): string {
  if (id === undefined) return `${store}: ${problem}`;
  const name = showKey(nameOrId(ref, id));
  return generation === undefined ? `${name}: ${problem}` : `${name}: generation ${generation}: ${problem}`;
}

async function report({ keys, records, outages, marks }: Tally, bad: number, isJson: boolean): Promise<void> {
  const others = ([[outages, "outage"], [marks, "mark"]] as const).filter(([count]) => count > 0).map(([count, what]) => countOf(count, what));
  const read = [`${countOf(records, "record")} of ${countOf(keys, "key")}`, ...others].join(" and ");
  const text = bad === 0 ? `verified ${read}: all is as it was written` : `verified ${read}: found ${showCount(bad)} bad`;
  if (isJson) say(text);
  else await print(`${text}\n`);
}
