import * as ioredis from "ioredis";
import { describe, expect, it, vi } from "vitest";
import { faultTests } from "./support/faults.ts";

// The same tests, on the previous major version of the client.
vi.mock("ioredis", () => import("ioredis5"));

it("these fault tests run on ioredis 5", async () => {
  expect((await import("ioredis5")).Redis).toBe(ioredis.Redis);
});

describe("on ioredis 5", () => faultTests(ioredis));
