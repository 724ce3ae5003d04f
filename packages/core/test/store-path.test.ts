import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { storePath } from "../src/adapter.ts";

function pathOf(location: string): string {
  return storePath("thisBackup", { scheme: "sqlite", location, options: {} });
}

describe("storePath", () => {
  it.each([
    ["./var/a%20b", "./var/a%20b"],
    ["/var/backups", "/var/backups"],
    ["///var/a%20b", "/var/a b"],
    ["//localhost/var/backups", "/var/backups"],
    ["~/backups", join(homedir(), "backups")],
    ["~", homedir()],
    ["./~/backups", "./~/backups"],
    ["a~", "a~"],
    ["", ""],
  ])("the location %j is the path %j", (location, path) => {
    expect(pathOf(location)).toBe(path);
  });

  it.each(["//host/path", "//user:secret@host/path", "//secret@localhost/path", "//:secret@/path", "//localhost:9000/secret", "//secret"])(
    "the location %j has a host and is refused, and no part of it is shown",
    (location) => {
      expect(() => pathOf(location)).toThrow(/^thisBackup: the host of the URL must be left out, as in sqlite:PATH or (?!.*secret)/);
      expect(() => pathOf(location)).toThrow(RangeError);
    },
  );

  it.each(["~somebody/backups", "~backups.db"])("the home of somebody else, %j, is refused", (location) => {
    expect(() => pathOf(location)).toThrow(new RangeError(`thisBackup: the path must be one that begins with "~/" or has no "~" at its beginning; got ${JSON.stringify(location)}`));
  });

  it.each(["///a%2Fb", "///a%zz"])("the path %j, which cannot be decoded, is refused", (location) => {
    expect(() => pathOf(location)).toThrow(/^thisBackup: the path must be percent-encoded/);
  });
});
