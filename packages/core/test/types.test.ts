import { describe, expectTypeOf, it } from "vitest";
import { Datastore, type LoadContext, type ManyResult, type NotModified, notShrunk, type Result, type StandardSchema } from "../src/index.ts";
import { memoryBackup } from "../src/testing.ts";
import { mapCache } from "./support/stores.ts";

interface User {
  readonly id: number;
  readonly name: string;
}

const user: User = { id: 7, name: "Ada" };
const schema: StandardSchema = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
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
