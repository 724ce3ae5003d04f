import { recordId } from "@lastgood/core/adapter";
import type { Arguments } from "../arguments/arguments.ts";
import type { BackupStore } from "../stores/backup-store.ts";
import { fullKey, urlKey } from "../stores/keys.ts";
import { say } from "../terminal/say.ts";
import { type Generation, generationsOf } from "./generations.ts";

/** A key of a store, with its records. */
export interface KeptKey {
  readonly store: BackupStore;
  /** The key as the store has it, with its namespaces. */
  readonly ref: string;
  readonly id: string;
  /** The newest first. At least one. */
  readonly generations: readonly Generation[];
}

/** The key that the user means, in the first store that has it. */
async function findKey(stores: readonly BackupStore[], names: readonly string[], asked: string): Promise<KeptKey | undefined> {
  for (const store of stores) {
    for (const ref of meanings(names, asked)) {
      const id = recordId(ref);
      const generations = await allOf(store, id);
      if (generations.length > 0) return { store, ref, id, generations };
    }
  }
  return undefined;
}

/** Like `findKey`, for the arguments of a command. Says so if nothing is kept. */
export async function findKeyOrSay(args: Arguments, stores: readonly BackupStore[], asked: string): Promise<KeptKey | undefined> {
  const kept = await findKey(stores, args.namespace(), asked);
  if (kept === undefined) say("nothing is kept under this key", fullKey(args.namespace(), asked));
  return kept;
}

async function allOf(store: BackupStore, id: string): Promise<readonly Generation[]> {
  const all: Generation[] = [];
  for await (const generation of generationsOf(store, id)) all.push(generation);
  return all;
}

/** The key as it was given; as a URL in its normal form; and as `ls` shows the key of a namespace, `NAMESPACE/KEY`. */
function meanings(names: readonly string[], asked: string): readonly string[] {
  const normal = urlKey(asked);
  const keys = [asked, ...(normal === undefined ? withNamespaces(asked) : [normal])];
  return [...new Set(keys.map((key) => fullKey(names, key)))];
}

/** Namespaces are seldom nested deeper. */
const DEEPEST = 4;

function withNamespaces(asked: string): readonly string[] {
  const parts = asked.split("/");
  const most = Math.min(DEEPEST, parts.length - 1);
  return Array.from({ length: most }, (_, index) => fullKey(parts.slice(0, index + 1), parts.slice(index + 1).join("/")));
}
