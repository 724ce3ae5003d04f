import { inspect } from "node:util";
import { parseServerUrl, type ServerUrl } from "../src/adapter.ts";
import { describe, expect, it } from "vitest";

const SECRET = "hush-hush";
const parse = (url: string): ServerUrl => parseServerUrl(url, { factory: "exampleCache", schemes: ["example", "examples"], defaultPort: 9000 });

describe("parseServerUrl", () => {
  it.each<readonly [string, Partial<ServerUrl>]>([
    ["example://host", { scheme: "example", username: undefined, password: undefined, servers: [{ host: "host", port: 9000 }], path: "" }],
    ["EXAMPLES://host/", { scheme: "examples", path: "/" }],
    ["example://host:1/0", { servers: [{ host: "host", port: 1 }], path: "/0" }],
    ["example://a,b:65535,10.0.0.1", { servers: [{ host: "a", port: 9000 }, { host: "b", port: 65_535 }, { host: "10.0.0.1", port: 9000 }] }],
    ["example://[::1]:7,[fe80::1%25eth0]", { servers: [{ host: "::1", port: 7 }, { host: "fe80::1%eth0", port: 9000 }] }],
    ["example://user:p%40%2F%25@host", { username: "user", password: "p@/%" }],
    ["example://:word@host", { username: undefined, password: "word" }],
    ["example://user@host", { username: "user", password: undefined }],
    ["example://user:p@ss:word@host", { username: "user", password: "p@ss:word" }],
    ["example://under_score.bücher.example./", { servers: [{ host: "under_score.bücher.example.", port: 9000 }] }],
  ])("takes %s apart", (url, parts) => {
    expect(parse(url)).toMatchObject(parts);
  });

  const at = `example://user:${SECRET}@`;
  const wrong: readonly (readonly [string, string, string])[] = [
    ["scheme", "example:// or examples://", `other://user:${SECRET}@host`],
    ["scheme", "example:// or examples://", `example:user:${SECRET}@host`],
    ["scheme", "example:// or examples://", `user:${SECRET}@host`],
    ["scheme", "example:// or examples://", ""],
    ["text", "without spaces", `${at}host\n`],
    ["text", "without spaces", `${at}ho st`],
    ...["0", "65536", "abc", "", "-1", "1.5", "0x1", "06379", "1:2", SECRET].map((port) => ["port", "a whole number from 1 to 65535", `${at}host:${port}`] as const),
    ...["", ",a", "a,", "a,,b", ".", "a..b", ".a", "256.1.1.1", "1.2.3", "%41", "a!b", "::1", "a".repeat(254)].map((host) => [host.startsWith("::") ? "port" : "host", "", `${at}${host}`] as const),
    ...["[]", "[::1", "[1.2.3.4]", "[::g]", "[%zz]", "[::1]x"].map((host) => ["host", "", `${at}${host}`] as const),
    ["password", "percent-encoded", `example://user:${SECRET}%@host`],
    ["password", "percent-encoded", `example://user:${SECRET}%zz@host`],
    ["password", "percent-encoded", `example://user:${SECRET}%ff@host`],
    ["password", "without control characters", `example://user:${SECRET}%00@host`],
    ["password", "not empty", "example://user:@host"],
    ["password", "not empty", "example://:@host"],
    ["password", "percent-encoded: / is %2F", `example://user:a/${SECRET}@host`],
    ["password", "percent-encoded: / is %2F", `example://user:a?${SECRET}@host`],
    ["password", "percent-encoded: / is %2F", `example://user:a#${SECRET}@host`],
    ["user name", "percent-encoded", `example://${SECRET}%:x@host`],
    ["user name", "not empty", "example://@host"],
    ["query", "left out", `${at}host?token=${SECRET}`],
    ["query", "left out", `${at}host?`],
    ["fragment", "left out", `${at}host#${SECRET}`],
  ];
  it.each(wrong)("parseServerUrl refuses a wrong %s, expecting %s: %s", (part, expected, url) => {
    const error = failure(() => parse(url));
    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).toMatch(new RegExp(`^RangeError: exampleCache: the ${part} of the URL must be `));
    expect(String(error)).toContain(expected);
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain(SECRET);
  });
});

function failure(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
