import { runInNewContext } from "node:vm";
import { codeOf, isUrl, messageOf, optionChecks, shown } from "../src/adapter.ts";
import { describe, expect, it } from "vitest";

const check = optionChecks("thisFactory");

describe("optionChecks", () => {
  it.each([
    ["options must be an object; got null", () => check.options(null, ["a", "b"])],
    ["options must be an object; got an array", () => check.options([], ["a", "b"])],
    ['options must be among a, b; got "c"', () => check.options({ a: 1, c: 2 }, ["a", "b"])],
    ["a must be a string; got 5", () => check.string("a", 5)],
    ["a must be the name of a bucket; got undefined", () => check.string("a", undefined, "the name of a bucket")],
    ['a must be a whole number from 2 on; got "3"', () => check.wholeNumber("a", "3", 2)],
    ["a must be true or false; got a function", () => check.boolean("a", () => true)],
    ["a must be red; got a symbol", () => Promise.reject(check.wrongType("a", "red", Symbol("blue")))],
  ])("a wrong type throws TypeError: thisFactory: %s", async (message, run) => {
    await expect(async () => run()).rejects.toThrow(new TypeError(`thisFactory: ${message}`));
  });

  it.each([
    ["a must be a whole number from 2 on; got 1", () => check.wholeNumber("a", 1, 2)],
    ["a must be a whole number from 2 on; got 2.5", () => check.wholeNumber("a", 2.5, 2)],
    ["a must be a whole number from 2 on; got Infinity", () => check.wholeNumber("a", Infinity, 2)],
    ["a must be a whole number from 1 to 10; got 11", () => check.wholeNumber("a", 11, 1, 10)],
    ['a must be red; got "blue"', () => Promise.reject(check.wrongValue("a", "red", "blue"))],
  ])("a value that cannot be meant throws RangeError: thisFactory: %s", async (message, run) => {
    await expect(async () => run()).rejects.toThrow(new RangeError(`thisFactory: ${message}`));
  });

  it("optionChecks answers with the value that passes", () => {
    expect(check.options({ a: undefined }, ["a"])).toEqual({ a: undefined });
    expect(check.options(undefined, ["a"])).toEqual({});
    expect(check.string("a", "")).toBe("");
    expect(check.wholeNumber("a", 0, 0)).toBe(0);
    expect(check.boolean("a", false)).toBe(false);
  });

  it("optionChecks takes options from another realm", () => {
    expect(check.options(runInNewContext("({ a: 1 })"), ["a"])).toEqual({ a: 1 });
  });
});

describe("shown", () => {
  it("cuts a long string and says so", () => {
    expect(shown("x".repeat(100))).toBe(`"${"x".repeat(40)}…"`);
  });

  it.each(["redis://user:secret@host", "//secret@host", "redis://user:se/c@ret?@host"])("hides the credentials of %s", (url) => {
    expect(shown(url)).toMatch(/…@host"$/);
    expect(shown(url)).not.toMatch(/se\/?c/);
  });

  it("shown calls nothing of an object's own", () => {
    const trap = { toString: () => expect.unreachable(), toJSON: () => expect.unreachable() };
    expect(shown(trap)).toBe("an object");
  });

  it.each([
    [5n, "5n"],
    [Number.NaN, "NaN"],
    [false, "false"],
    ["a\nb", '"a\\nb"'],
  ])("shows %s as %s", (value, text) => {
    expect(shown(value)).toBe(text);
  });
});

describe("values of another realm", () => {
  const foreign: unknown = runInNewContext('Object.assign(new Error("no such file"), { code: "ENOENT" })');

  it("an error has its code and message", () => {
    expect([codeOf(foreign), messageOf(foreign)]).toEqual(["ENOENT", "no such file"]);
  });

  it("a URL is known by what it is", () => {
    expect([new URL("file:///x"), "file:///x", { href: "file:///x" }, null].map(isUrl)).toEqual([true, false, false, false]);
  });

  it.each([undefined, null, 5, "text", {}])("what was thrown may be %s", (thrown) => {
    expect(codeOf(thrown)).toBeUndefined();
    expect(messageOf(thrown)).toBe(String(thrown));
  });

  it("an object that cannot be made a string has a text all the same", () => {
    expect(messageOf(Object.create(null))).toBe("something without a text was thrown");
  });
});
