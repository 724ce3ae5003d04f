import { conformanceTests } from "./support/conformance.ts";

conformanceTests("single");
