import * as v from "valibot";
import { describe, expect, expectTypeOf, it } from "vitest";
import * as z from "zod";
import { Datastore, type Duration, type GetOptions, type LoadContext, type ManyResult, type NotModified, notShrunk, parseDuration, type Result, type StandardSchema } from "../src/index.ts";
import { memoryBackup } from "../src/testing.ts";
import { mapCache } from "./support/stores.ts";

interface User {
  readonly id: number;
  readonly name: string;
}

const user: User = { id: 7, name: "Ada" };
const schema: StandardSchema = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
const typed: StandardSchema<unknown, User> = schema as StandardSchema<unknown, User>; // as a library's own schema is
const datastore = new Datastore({ cache: mapCache(), backup: memoryBackup() });

describe("the types", () => {
  it("give get the type of its loader, with a ttl and with options", () => {
    expectTypeOf(datastore.get("user", () => user)).resolves.toEqualTypeOf<User>();
    expectTypeOf(datastore.get("user", async () => user, "5m")).resolves.toEqualTypeOf<User>();
    expectTypeOf(datastore.get("user", async () => user, { ttl: "5m" })).resolves.toEqualTypeOf<User>();
  });

  it("infer the value of a loader that names its context", () => {
    expectTypeOf(datastore.get("user", async (context) => (context.key === "user" ? user : user), "5m")).resolves.toEqualTypeOf<User>();
    expectTypeOf(datastore.get("user", ({ signal }) => (signal.aborted ? user : user), { ttl: 1000 })).resolves.toEqualTypeOf<User>();
  });

  it("let a schema and a function validate without a say in the type", () => {
    expectTypeOf(datastore.get("user", () => user, { validate: schema })).resolves.toEqualTypeOf<User>();
    expectTypeOf(datastore.get("user", () => user, { validate: ({ name }) => name !== "" })).resolves.toEqualTypeOf<User>();
    expectTypeOf(datastore.get("page", () => "text", { validate: notShrunk(0.5) })).resolves.toEqualTypeOf<string>();
  });

  it("give the answer the type of a schema that names its types, whatever the loader says of its own", () => {
    const untyped = async (): Promise<unknown> => user;
    const parsed = async () => JSON.parse(JSON.stringify(user)); // any
    const [ofZod, ofValibot] = [z.object({ id: z.number(), name: z.string() }), v.object({ id: v.number(), name: v.string() })];
    expectTypeOf(datastore.get("user", untyped, { validate: ofZod })).resolves.toEqualTypeOf<{ id: number; name: string }>();
    expectTypeOf(datastore.get("user", parsed, { validate: ofZod, ttl: "5m" })).resolves.toEqualTypeOf<{ id: number; name: string }>();
    expectTypeOf(datastore.get("user", untyped, { validate: ofValibot })).resolves.toEqualTypeOf<{ id: number; name: string }>();
    expectTypeOf(datastore.namespace("n").getResult("user", untyped, { validate: ofValibot })).resolves.toEqualTypeOf<Result<{ id: number; name: string }>>();
    expectTypeOf(datastore.get("user", untyped, { validate: typed })).resolves.toEqualTypeOf<User>();
    expectTypeOf(datastore.get("user", () => user, { validate: z.object({ id: z.number() }) })).resolves.toEqualTypeOf<{ id: number }>();
    expectTypeOf(datastore.get("user", async ({ signal }) => JSON.parse(signal.aborted ? "0" : "{}"), { validate: typed })).resolves.toEqualTypeOf<User>();
  });

  it("give the type of a schema to getMany, getManyResults and define as well", () => {
    const untyped = (): unknown[] => [user];
    expectTypeOf(datastore.getMany(["a"], untyped, { validate: typed })).resolves.toEqualTypeOf<User[]>();
    expectTypeOf(datastore.getManyResults(["a"], untyped, { validate: typed })).resolves.toEqualTypeOf<ManyResult<User>[]>();
    const byId = datastore.define({ key: (id: number) => `user:${id}`, load: async (id): Promise<unknown> => ({ id }), validate: typed });
    expectTypeOf(byId).parameters.toEqualTypeOf<[id: number]>();
    expectTypeOf(byId(7)).resolves.toEqualTypeOf<User>();
    expectTypeOf(byId.result(7)).resolves.toEqualTypeOf<Result<User>>();
    expectTypeOf(byId.peek(7)).resolves.toEqualTypeOf<Result<User> | undefined>();
    expectTypeOf(datastore.define({ key: "user", load: ({ key }) => ({ ...user, key }), validate: ({ name }) => name !== "" })()).resolves.toEqualTypeOf<{ key: string; id: number; name: string }>();
  });

  it("give the type that goes into a schema that transforms, because the value stays as the loader returned it", () => {
    const dated = z.object({ at: z.string().transform((text) => new Date(text)) });
    expectTypeOf(datastore.get("event", async (): Promise<unknown> => ({ at: "2026-11-27" }), { validate: dated })).resolves.toEqualTypeOf<{ at: string }>();
  });

  it("leave a value of a type parameter as it is, in a program's own wrapper", () => {
    const wrapper = <T>(loader: () => Promise<T>): Promise<T> => datastore.get("key", loader, { ttl: "5m" });
    expectTypeOf(wrapper(async () => user)).resolves.toEqualTypeOf<User>();
    expectTypeOf(datastore.get<User>("user", async () => user, { validate: schema })).resolves.toEqualTypeOf<User>();
  });

  it("refuse a duration that is none, wherever one is taken", () => {
    // @ts-expect-error no such unit
    const unit = (): unknown => datastore.get("user", () => user, "5 minuts");
    // @ts-expect-error no unit at all
    const bare = (): unknown => datastore.get("user", () => user, { ttl: "5" });
    // @ts-expect-error no number
    const empty = (): unknown => datastore.set("user", user, "m");
    // @ts-expect-error in a definition
    const defined = (): unknown => datastore.define({ key: "user", load: () => user, maxStale: "1 day" });
    // @ts-expect-error in the constructor
    const store = (): unknown => new Datastore({ cache: mapCache(), backup: memoryBackup(), cullTime: "30days" });
    // @ts-expect-error from a loader
    const fromLoader = (): unknown => datastore.get("user", ({ setTtl }) => setTtl("an hour"));
    // @ts-expect-error from a function
    const fallback = (): unknown => datastore.get("user", () => user, { fallbackTtl: () => "soon" });
    expectTypeOf([unit, bare, empty, defined, store, fromLoader, fallback]).toBeArray();
  });

  it("take every duration that the parser takes", () => {
    const all: readonly Duration[] = [0, 300, Infinity, "250ms", "90s", "5m", "5 m", "1.5h", "30d", "30 d", "2w"];
    for (const each of all) expect(parseDuration(each)).toBeGreaterThanOrEqual(0);
  });

  it("take a string from configuration through parseDuration, and an object of options through satisfies", () => {
    const configured: string = process.env["TTL"] ?? "5m";
    expectTypeOf(datastore.get("user", () => user, parseDuration(configured, "TTL"))).resolves.toEqualTypeOf<User>();
    // @ts-expect-error nobody has checked it
    const unchecked = (): unknown => datastore.get("user", () => user, configured);
    const options = { ttl: "5m", timeout: "10s" } satisfies GetOptions;
    expectTypeOf(datastore.get("user", () => user, options)).resolves.toEqualTypeOf<User>();
    expectTypeOf(unchecked).toBeFunction();
  });

  it("give getResult and peekBackup results of the value's type", () => {
    expectTypeOf(datastore.getResult("user", () => user)).resolves.toEqualTypeOf<Result<User>>();
    expectTypeOf(datastore.peekBackup<User>("user")).resolves.toEqualTypeOf<Result<User> | undefined>();
    expectTypeOf(datastore.peekBackup("user")).resolves.toEqualTypeOf<Result<unknown> | undefined>();
  });

  it("give peek results of the type that is asked for, and of the thing of a definition", () => {
    const byId = datastore.define({ key: (id: number) => `user:${id}`, load: () => user, refresh: true });
    expectTypeOf(datastore.peek<User>("user")).resolves.toEqualTypeOf<Result<User> | undefined>();
    expectTypeOf(datastore.namespace("n").peek("user")).resolves.toEqualTypeOf<Result<unknown> | undefined>();
    expectTypeOf(byId.peek(7)).resolves.toEqualTypeOf<Result<User> | undefined>();
    expectTypeOf<Result<User>["expiresAt"]>().toEqualTypeOf<number>();
  });

  it("give getMany what its loadMany loads, be it a Map or an array, with errors among it", () => {
    expectTypeOf(datastore.getMany(["a"], () => [user])).resolves.toEqualTypeOf<User[]>();
    expectTypeOf(datastore.getMany(["a"], async () => new Map([["a", user]]), "5m")).resolves.toEqualTypeOf<User[]>();
    expectTypeOf(datastore.getMany<User>(["a"], async () => new Map<string, User | Error>(), { refresh: true })).resolves.toEqualTypeOf<User[]>();
    expectTypeOf(datastore.namespace("n").getManyResults(["a"], () => [user])).resolves.toEqualTypeOf<ManyResult<User>[]>();
  });

  it("give counters numbers", () => {
    expectTypeOf(datastore.counters().hits).toEqualTypeOf<number>();
  });

  it("make of a definition a function of its arguments", () => {
    const byId = datastore.define({ key: (id: number) => `user:${id}`, load: async (id: number) => ({ ...user, id }), ttl: "5m" });
    expectTypeOf(byId).parameters.toEqualTypeOf<[id: number]>();
    expectTypeOf(byId(7)).resolves.toEqualTypeOf<{ id: number; name: string }>();
    expectTypeOf(byId.result(7)).resolves.toEqualTypeOf<Result<{ id: number; name: string }>>();
  });

  it("infer a definition without arguments whose load names its context", () => {
    const rates = datastore.define({ key: "rates", load: async ({ signal }) => ({ EUR: signal.aborted ? 0 : 1 }) });
    expectTypeOf(rates).parameters.toEqualTypeOf<[]>();
    expectTypeOf(rates()).resolves.toEqualTypeOf<{ EUR: number }>();
    const byId = datastore.define({ key: (id: number) => `user:${id}`, load: (id, { signal }) => ({ id, aborted: signal.aborted }) });
    expectTypeOf(byId(7)).resolves.toEqualTypeOf<{ id: number; aborted: boolean }>();
  });

  it("take notModified() out of the type of the value", () => {
    const loader = async ({ lastGood, notModified }: LoadContext): Promise<User | NotModified> => {
      expectTypeOf(lastGood<User>()).resolves.toEqualTypeOf<Result<User> | undefined>();
      return (await lastGood()) === undefined ? user : notModified();
    };
    expectTypeOf(datastore.get("user", loader)).resolves.toEqualTypeOf<User>();
    const mixed = datastore.get("user", async ({ key, notModified }) => (key === "user" ? user : notModified()));
    expectTypeOf(mixed).resolves.toEqualTypeOf<User>();
    expectTypeOf(datastore.get<User>("user", async ({ notModified }) => notModified())).resolves.toEqualTypeOf<User>();
  });

  it("refuse what no option is", () => {
    // @ts-expect-error there is no such option
    const misspelt = (): unknown => datastore.get("user", () => user, { tttl: "5m" });
    // @ts-expect-error a ttl is a number or a string
    const wrong = (): unknown => datastore.get("user", () => user, { ttl: true });
    expectTypeOf(misspelt).toBeFunction();
    expectTypeOf(wrong).toBeFunction();
  });
});
