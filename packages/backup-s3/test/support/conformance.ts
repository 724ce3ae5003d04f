import { testBackupAdapter } from "@lastgood/adapter-tests";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, it } from "vitest";
import { s3Backup } from "../../src/index.ts";
import { S3Server } from "./store.ts";

/**
 * The contract, on a server of this variant.
 * @param reach Makes the first argument of `s3Backup`.
 */
export function conformanceTests(variant: "single" | "pages", reach: (config: S3ClientConfig) => S3Client | S3ClientConfig): void {
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
}
