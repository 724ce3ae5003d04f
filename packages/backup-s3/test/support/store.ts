import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateBucketCommand, ListObjectsV2Command, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { BackupAdapter, BackupInfo } from "@lastgood/core/adapter";
import { startService } from "@lastgood/services";
import { onTestFinished } from "vitest";
import { type S3BackupOptions, s3Backup } from "../../src/index.ts";
import { post } from "./iam.ts";

type Service = Awaited<ReturnType<typeof startService>>;

/** An S3 server, with the rights of an administrator. */
export class S3Server {
  readonly service: Service;
  readonly config: S3ClientConfig;
  readonly client: S3Client;

  constructor(service: Service) {
    this.service = service;
    this.config = this.configOf(JSON.parse(readFileSync(join(service.dir, "credentials.json"), "utf8")));
    this.client = new S3Client(this.config);
  }

  /** @param variant "pages" is a server whose pages have two names each. */
  static async start(variant?: "single" | "pages"): Promise<S3Server> {
    return new S3Server(await startService(process.env["LASTGOOD_TEST_S3"] ?? "s3", variant));
  }

  async stop(): Promise<void> {
    this.client.destroy();
    await this.service.stop();
  }

  configOf(credentials: S3ClientConfig["credentials"], endpoint: string = this.service.url): S3ClientConfig {
    return { region: "us-east-1", endpoint, forcePathStyle: true, ...(credentials && { credentials }) };
  }

  /** Client options for a user with the rights in these statements. */
  async configOfUser(...statements: readonly Statement[]): Promise<S3ClientConfig> {
    const UserName = randomUUID();
    const policy = { Version: "2012-10-17", Statement: statements.map((statement) => ({ Effect: "Allow", Resource: "*", ...statement })) };
    await post(`${this.service.url}/moto-api/reset-auth`, "3");
    await post(this.service.url, { Action: "CreateUser", UserName });
    const keys = await post(this.service.url, { Action: "CreateAccessKey", UserName });
    await post(this.service.url, { Action: "PutUserPolicy", UserName, PolicyName: "theirs", PolicyDocument: JSON.stringify(policy) });
    const value = (name: string): string => new RegExp(`<${name}>([^<]+)`).exec(keys)?.[1] ?? "";
    return this.configOf({ accessKeyId: value("AccessKeyId"), secretAccessKey: value("SecretAccessKey") });
  }

  /** The name of a new bucket. */
  async newBucket(): Promise<string> {
    const bucket = `bucket-${randomUUID()}`;
    await this.client.send(new CreateBucketCommand({ Bucket: bucket }));
    return bucket;
  }

  /** A store in a new bucket. */
  async newStore(options: Partial<S3BackupOptions> = {}, config: S3ClientConfig = this.config): Promise<Store> {
    const bucket = options.bucket ?? (await this.newBucket());
    return { bucket, config, backup: opened(config, { ...options, bucket }) };
  }

  /** The names of all objects in the bucket. */
  async keysIn(bucket: string): Promise<string[]> {
    const { Contents: objects = [] } = await this.client.send(new ListObjectsV2Command({ Bucket: bucket }));
    return objects.map(({ Key: key = "" }) => key);
  }
}

interface Statement {
  readonly Effect?: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource?: string;
}

export interface Store {
  readonly config: S3ClientConfig;
  readonly bucket: string;
  readonly backup: BackupAdapter;
}

/** An adapter that is closed after the test. */
export function opened(config: S3Client | S3ClientConfig, options: S3BackupOptions): BackupAdapter {
  const backup = s3Backup(config, options);
  onTestFinished(() => backup.close?.());
  return backup;
}

export async function write(backup: BackupAdapter, id: string, loadedAt: number, text = `${id} ${loadedAt}`): Promise<number> {
  return backup.write(id, new TextEncoder().encode(text), { loadedAt, usedAt: loadedAt });
}

export async function readText(backup: BackupAdapter, id: string, before?: number): Promise<string | undefined> {
  const record = await backup.read(id, { before });
  return record && new TextDecoder().decode(record.bytes);
}

export async function listed(backup: BackupAdapter): Promise<BackupInfo[]> {
  const all: BackupInfo[] = [];
  for await (const info of backup.list()) all.push(info);
  return all;
}

/** A time as it is written in a name. */
export function countdown(time: number): string {
  return String(Number.MAX_SAFE_INTEGER - time).padStart(16, "0");
}
