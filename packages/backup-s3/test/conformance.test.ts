import { testBackupAdapter } from "@lastgood/adapter-tests";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, it } from "vitest";
import { s3Backup } from "../src/index.ts";
import { S3Server } from "./support/store.ts";

interface Leg {
  readonly title: string;
  readonly variant: "single" | "pages";
  /** What a user hands to `s3Backup`. */
  readonly reach: (config: S3ClientConfig) => S3Client | S3ClientConfig;
}

const legs: readonly Leg[] = [
  { title: "the options of a client", variant: "single", reach: (config) => config },
  { title: "a client with the SDK's own settings, by pages of two names", variant: "pages", reach: (config) => new S3Client(config) },
];

describe.each(legs)("$title", ({ variant, reach }) => {
  let server: S3Server;
  beforeAll(async () => {
    server = await S3Server.start(variant);
  });
  afterAll(() => server.stop());

  testBackupAdapter({ describe, it }, async () => {
    const bucket = await server.newBucket();
    const client = reach(server.config);
    return {
      open: () => s3Backup(client, { bucket, prefix: "backups" }),
      destroy: () => {
        if (client instanceof S3Client) client.destroy();
      },
    };
  });
});
