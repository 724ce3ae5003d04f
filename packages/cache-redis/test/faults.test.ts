import * as ioredis from "ioredis";
import { describe } from "vitest";
import { faultTests } from "./support/faults.ts";

describe("on ioredis 6", () => faultTests(ioredis));
