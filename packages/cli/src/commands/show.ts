import type { Metadata } from "@lastgood/core";
import { decodeValue } from "../records/decode-value.ts";
import { findKeyOrSay, type KeptKey } from "../records/find-key.ts";
import type { Generation } from "../records/generations.ts";
import { keyAsJson } from "../records/key-as-json.ts";
import { pickGeneration } from "../records/pick-generation.ts";
import { usedAtOf } from "../records/used-at.ts";
import { withStores } from "../stores/with-stores.ts";
import { EXIT } from "../terminal/exit-codes.ts";
import { print } from "../terminal/print.ts";
import { onOneLine, showKey } from "../terminal/say.ts";
import { showAge } from "../terminal/show-duration.ts";
import { showSize } from "../terminal/show-size.ts";
import { showTime } from "../terminal/show-time.ts";
import { showValue, valueAsJson } from "../terminal/show-value.ts";
import { table } from "../terminal/table.ts";
import type { Command } from "./command.ts";

export const show: Command = {
  name: "show",
  synopsis: "KEY",
  summary: "what is kept of a key, and its value",
  details: [
    "Shows every record of KEY, the newest first, each with the time of its load, its size and its codec. Then the value of the last good one, or of --generation. KEY may be as ls shows it. Exits with 1 if nothing is kept under the key, or if that value cannot be read.",
  ],
  options: ["generation", "json", "key", "namespace", "backup"],
  async run(args) {
    const number = args.positiveCount("generation");
    const isJson = args.flag("json");
    const asked = args.key();
    return await withStores(args, async (stores) => {
      const kept = await findKeyOrSay(args, stores, asked);
      if (kept === undefined) return EXIT.failed;
      const shown = pickGeneration(kept, number);
      const value = await decoded(kept, shown);
      const usedAt = await usedAtOf(kept);
      await print(isJson ? asJson(kept, { shown, value, usedAt }) : asText(kept, { shown, value, usedAt }));
      return "problem" in value ? EXIT.failed : EXIT.ok;
    });
  },
};

interface Shown {
  readonly shown: Generation;
  readonly value: { readonly value: unknown } | { readonly problem: string };
  readonly usedAt: number | undefined;
}

async function decoded(kept: KeptKey, generation: Generation): Promise<Shown["value"]> {
  const { summary, problem } = generation;
  if (problem !== undefined) return { problem };
  if (summary?.deleted === true) return { problem: "the key was deleted" };
  const { value, problem: why } = await decodeValue(kept, generation);
  if (why === undefined) return { value };
  return { problem: why === "record of another codec" ? `only a program with the codec ${summary?.codec} can read it` : why };
}

function asText(kept: KeptKey, { shown, value, usedAt }: Shown): string {
  const { ref, id, store, generations } = kept;
  const lastGood = generations.find(({ problem }) => problem === undefined);
  const rows = generations.map((generation) => rowOf(generation, generation === lastGood));
  const head = [
    ["key", showKey(ref)],
    ["id", id],
    ["store", store.title],
    ["used", usedAt === undefined ? "?" : `${showTime(usedAt)}, ${showAge(usedAt)} ago`],
    ...metadataLines(shown.summary?.metadata),
  ];
  const titles = head.map(([name = "", text = ""]) => `${name.padEnd(9)} ${text}\n`).join("");
  const content = "value" in value ? showValue(value.value) : `(${value.problem})`;
  const which = shown === lastGood ? "" : ` of generation ${shown.number}`;
  return `${titles}\n${table(["", "LOADED", "AGE", "SIZE", "CODEC", ""], rows)}\nvalue${which}:\n${content}${content.endsWith("\n") ? "" : "\n"}`;
}

function metadataLines(metadata: Metadata = {}): string[][] {
  return Object.entries(metadata).map(([name, text], index) => [index === 0 ? "metadata" : "", onOneLine(`${name}: ${text}`)]);
}

function rowOf({ number, summary, bytes, problem, stamp }: Generation, isLastGood: boolean): readonly string[] {
  const size = showSize(bytes.byteLength);
  if (summary === undefined) return [String(number), showTime(stamp), showAge(stamp), size, "", problem ?? ""];
  const { loadedAt, codec, deleted } = summary;
  return [String(number), showTime(loadedAt), showAge(loadedAt), size, codec, stateOf(deleted, isLastGood)];
}

function stateOf(isDeleted: boolean, isLastGood: boolean): string {
  if (isDeleted) return "deleted";
  return isLastGood ? "last good" : "";
}

function asJson({ ref, id, store, generations }: KeptKey, { shown, value, usedAt = null }: Omit<Shown, "usedAt"> & { readonly usedAt: number | null | undefined }): string {
  const all = generations.map((generation) => ({
    generation: generation.number,
    stamp: generation.stamp,
    loadedAt: generation.summary?.loadedAt ?? null,
    size: generation.bytes.byteLength,
    codec: generation.summary?.codec ?? null,
    metadata: generation.summary?.metadata ?? null,
    deleted: generation.summary?.deleted ?? false,
    problem: generation.problem ?? null,
  }));
  const content = "value" in value ? { value: valueAsJson(value.value) } : { problem: value.problem };
  return `${JSON.stringify({ ...keyAsJson(ref), id, store: store.title, usedAt, generations: all, shown: shown.number, ...content }, undefined, 2)}\n`;
}
