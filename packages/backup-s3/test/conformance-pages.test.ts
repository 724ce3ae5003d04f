import { S3Client } from "@aws-sdk/client-s3";
import { describe } from "vitest";
import { conformanceTests } from "./support/conformance.ts";

// A separate file, which can run in parallel: there are many pages, and each is a request.
describe("a client with the SDK's own settings, by pages of two names", () => conformanceTests("pages", (config) => new S3Client(config)));
