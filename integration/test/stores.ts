import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { startService } from "@lastgood/services";
import { onTestFinished } from "vitest";

export type Environment = Readonly<Record<string, string>>;

export async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "lastgood-many-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return directory;
}

export async function startS3(): Promise<Environment> {
  const s3 = await startService("s3");
  onTestFinished(() => s3.stop());
  const credentials = JSON.parse(await readFile(join(s3.dir, "credentials.json"), "utf8")) as Record<"accessKeyId" | "secretAccessKey", string>; // as services/s3.mjs writes them
  const client = new S3Client({ endpoint: s3.url, region: "us-east-1", forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: "shared" }));
  client.destroy();
  return {
    LASTGOOD_BACKUP_URL: `s3://shared?region=us-east-1&forcePathStyle=true&endpoint=${encodeURIComponent(s3.url)}`,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}
