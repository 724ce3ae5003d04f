import { execFile } from "node:child_process";
import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fsBackup } from "@lastgood/backup-fs";
import { describe, expect, it } from "vitest";
import { readPickle } from "../src/pickles/read-pickle.ts";
import { type Sandbox, sandbox } from "./support/sandbox.ts";
import { program } from "./support/stores.ts";

const execute = promisify(execFile);
const WRITER = fileURLToPath(new URL("support/pickles.py", import.meta.url));

interface Written {
  readonly box: Sandbox;
  readonly from: string;
  readonly to: string;
}

/** A directory of pickles that Python has written. */
async function written(protocol: number): Promise<Written> {
  const box = await sandbox();
  const [from, to] = [join(box.directory, "pickles"), join(box.directory, "backups")];
  await execute("python3", [WRITER, from, String(protocol)]);
  return { box, from, to };
}

const text = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index);
const within: unknown[] = ["itself"];
within.push(within);
const withProto = Object.defineProperty({ "": 1, b: { c: [null] }, constructor: 2 }, "__proto__", { value: "a key as any other", enumerable: true, configurable: true, writable: true });

/** What Python wrote, as JavaScript has it. */
const DATA: Readonly<Record<string, unknown>> = {
  nothing: null,
  booleans: [true, false],
  "whole numbers": [0, 1, -1, 255, 256, 65_535, 65_536, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, -(2 ** 53) + 1],
  "large numbers": [2n ** 53n, -(2n ** 63n), 2n ** 64n, -(2n ** 2100n)],
  floats: [0.5, -0, 1e300, Infinity, -Infinity, Number.NaN],
  text: ["", "plain", "größe", "日本語", "🎉", "a\nb\\c\0", String.raw`\u0041`, `quote ' "`],
  "long text": "x".repeat(70_000),
  bytes: [new Uint8Array(), new TextEncoder().encode("abc"), text(256), new TextEncoder().encode("y".repeat(70_000)), new TextEncoder().encode("array")],
  tuples: [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]],
  lists: [[], [[]], Array.from({ length: 3_000 }, (_, index) => index)],
  dictionaries: withProto,
  "dictionary of numbers": new Map<unknown, unknown>([[1, "one"], [null, "nothing"], [[1, 2], "tuple"]]),
  ordered: { z: 1, a: 2 },
  sets: [new Set(), new Set([1]), new Set(["x"])],
  shared: [["the same list"], ["the same list"]],
  "within itself": within,
  "größe 🎉": "a key of any text",
};

const REFUSED: Readonly<Record<string, RegExp>> = {
  "an object": /it holds a (?:__main__\.Feed|copy_reg\._reconstructor), which is no plain data, and no code is run to read one/,
  "a date": /it holds a datetime\.datetime/,
  harm: /it holds a (?:posix|nt)\.system/,
  "harm within": /it holds a (?:posix|nt)\.system/,
  "a function": /it holds a builtins\.len/,
  "a type": /it holds the name builtins\.set/,
  cut: /it is cut short/,
  followed: /something follows its value/,
  "no pickle": /it is damaged, or no pickle/,
};

describe.each([0, 1, 2, 3, 4, 5])("pickles of protocol %i", (protocol) => {
  it("copy reads plain data from them with its times, leaves all else behind by name, and calls nothing", async () => {
    const { box, from, to } = await written(protocol);
    const copied = await box.lastgood("copy", `datastore.py:${from}`, `file:${to}`);
    expect([String(copied.stdout), copied.code]).toEqual([expect.stringMatching(/^copied 17 keys, 17 records of [\d.]+K, left behind: 9 records\n$/), 1]);
    const lines = String(copied.stderr).trim().split("\n");
    expect(lines).toHaveLength(Object.keys(REFUSED).length);
    for (const [name, why] of Object.entries(REFUSED)) expect(lines.find((line) => line.includes(`${from}/${name}: `))).toMatch(why);
    await program(fsBackup(to), async (datastore) => {
      for (const [key, value] of Object.entries(DATA)) {
        const found = await datastore.getResult(key, () => Promise.reject(new Error("down")));
        expect([key, found.value, found.source, found.loadedAt]).toEqual([key, value, "backup", 1_600_000_000_000]);
      }
    });
    await expect(access(join(box.directory, "harm"))).rejects.toThrow("ENOENT");
    expect(await readdir(from)).toContain("a.lock");
  });
});

it("a second copy of pickles finds what is there, and what is newer at TO stays", async () => {
  const { box, from, to } = await written(4);
  await box.lastgood("copy", `datastore.py:${from}`, `file:${to}`);
  await program(fsBackup(to), (datastore) => datastore.set("text", "newer"));
  expect(String((await box.lastgood("copy", `datastore.py:${from}`, `file:${to}`)).stdout)).toBe("copied 0 keys, already there: 16, newer there: 1, left behind: 9 records\n");
  await program(fsBackup(to), async (datastore) => expect((await datastore.peekBackup("text"))?.value).toBe("newer"));
});

it("pickles are not written to, must be there, and are named by a path", async () => {
  const { box, from, to } = await written(4);
  const said = async (...places: readonly string[]): Promise<unknown> => {
    const { stderr, code } = await box.lastgood("copy", ...places);
    return [String(stderr).split("\n")[0], code];
  };
  expect(await said(`file:${to}`, `datastore.py:${from}`)).toEqual([expect.stringContaining(`TO is datastore.py:${from}, which is read, and not written to: write file:DIRECTORY or sqlite:FILE`), 2]);
  expect(await said("datastore.py:", `file:${to}`)).toEqual([expect.stringContaining("FROM names no path: write datastore.py:DIRECTORY"), 2]);
  expect(await said(`datastore.py:${from}/none`, `file:${to}`)).toEqual([expect.stringContaining(`there are no backups at datastore.py:${from}/none`), 1]);
  expect(await said(`datastore.py:${from}/text`, `file:${to}`)).toEqual([expect.stringContaining(`datastore.py:${from}/text is a file: name the directory that it is in`), 125]);
});

it("a file whose name is no text is left behind, and told", async () => {
  const box = await sandbox();
  const from = join(box.directory, "pickles");
  await mkdir(from);
  await writeFile(Buffer.concat([Buffer.from(`${from}/`), Buffer.of(0x66, 0xff)]), Buffer.from("K\x01."));
  const { stderr, code } = await box.lastgood("copy", `datastore.py:${from}`, `file:${from}-copied`);
  expect([String(stderr), code]).toEqual([expect.stringContaining("its name is not UTF-8"), 1]);
});

it("a pickle that is cut anywhere, or has a byte changed, is read as plain data or refused", async () => {
  const { from } = await written(4);
  for (const key of ["text", "whole numbers", "dictionaries", "bytes"]) {
    const whole = (await readFile(join(from, key))).subarray(0, 400);
    for (let at = 0; at < whole.length; at++) {
      for (const bytes of [whole.subarray(0, at), Buffer.from(whole).fill(at * 31, at, at + 1)]) {
        try {
          readPickle(bytes);
        } catch (error) {
          expect((error as Error).name).toBe("PickleError");
        }
      }
    }
  }
});

it.each([
  ["a str of Python 2 that is text", "S'gr\\xc3\\xb6\\\\n\\n\\''\np0\n.", "grö\\n\n'"],
  ["a str of Python 2 that is bytes", "U\x02\xff\xfe.", Uint8Array.of(255, 254)],
  ["a long of Python 2", "L123456789012345678901234567890L\n.", 123_456_789_012_345_678_901_234_567_890n],
  ["a unicode of Python 2", "Vgr\\u00f6\\U0001f389\xe9\n.", "grö🎉é"],
  ["an ordered dictionary of Python 2", "ccollections\nOrderedDict\n((lp1\n(lp2\nS'a'\naI1\naatR.", { a: 1 }],
  ["a set of Python 2", "c__builtin__\nset\n((lp1\nI1\naI2\natR.", new Set([1, 2])],
])("%s is read", (_, bytes, value) => {
  expect(readPickle(Buffer.from(bytes, "latin1"))).toEqual(value);
});

it("a pickle that is nested too deeply is refused, and so is one of a later protocol", () => {
  expect(() => readPickle(Buffer.concat([Buffer.alloc(200_000, "]"), Buffer.alloc(199_999, "a"), Buffer.from(".")]))).toThrow("it is nested too deeply");
  expect(() => readPickle(Buffer.of(0x80, 6, 0x4e, 0x2e))).toThrow("it is of protocol 6, and 5 is the newest that is known");
});
