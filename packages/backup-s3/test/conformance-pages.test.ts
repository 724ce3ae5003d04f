import { S3Client } from "@aws-sdk/client-s3";
import { describe } from "vitest";
import { conformanceTests } from "./support/conformance.ts";

// A file of its own, which may run beside the other one: the pages are many, and each is a request.
describe("a client with the SDK's own settings, by pages of two names", () => conformanceTests("pages", (config) => new S3Client(config)));
