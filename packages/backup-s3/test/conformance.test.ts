import { describe } from "vitest";
import { conformanceTests } from "./support/conformance.ts";

describe("the options of a client", () => conformanceTests("single", (config) => config));
