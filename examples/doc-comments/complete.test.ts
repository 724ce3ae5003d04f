import { describe, expect, it } from "vitest";
import { allHovered, type Hovered, hoveredIn } from "./hover.ts";

const names = allHovered(["get", "getResult", "define"]);

function withoutText(all: readonly Hovered[]): string[] {
  return all.filter(({ bare, call }) => bare.text === "" || call.text === "").map(titleOf);
}

function withoutExample(all: readonly Hovered[]): string[] {
  return all.filter(({ bare, call }) => !bare.hasExample || !call.hasExample).map(titleOf);
}

function titleOf({ entry, name }: Hovered): string {
  return `${name} of ${entry}`;
}

/** Entries for adapters and for the command line. */
const INNER = new Set(["@lastgood/core/adapter", "@lastgood/backup-sqlite/driver"]);

/** What a program begins with: factories, codecs, and the functions of core and of the kit. Not type guards and helpers for adapters. */
function isForPrograms({ entry, name, kind }: Hovered): boolean {
  if (INNER.has(entry) || /^is[A-Z]/.test(name)) return false;
  return kind === "function" || kind === "method" || name.endsWith("Codec");
}

describe("what an editor shows", () => {
  it("every exported name shows a doc comment in an editor, on the name and on a call", () => {
    expect(withoutText(names)).toEqual([]);
  });

  it("every function and codec for programs shows an example in an editor, on the name and on a call", () => {
    expect(withoutExample(names.filter(isForPrograms))).toEqual([]);
  });

  it.each([
    ...["memoryCache", "redisCache", "memcachedCache", "fsBackup", "sqliteBackup", "s3Backup", "memoryBackup"],
    ...["structuredCodec", "jsonCodec", "compressedCodec", "encryptedCodec"],
    ...["get", "getResult", "define", "fromEnv"],
  ])("%s is among the names that need an example", (name) => {
    expect(names.filter(isForPrograms).map((each) => each.name)).toContain(name);
  });

  it("a name without a doc comment is found, and one without an example", () => {
    const code = "/** Says it. */ function said() {}\nfunction unsaid() {}\n/** Says it.\n * @example\n * shown(); */ function shown() {}";
    const all = hoveredIn(code, ["said", "unsaid", "shown"]);
    expect(withoutText(all)).toEqual(["unsaid of "]);
    expect(withoutExample(all)).toEqual(["said of ", "unsaid of "]);
  });
});
