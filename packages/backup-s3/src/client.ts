import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { check } from "./options.ts";

/** Where to send, and how to let go of it: nothing to let go of where the client is the user's. */
export interface Connection {
  readonly client: S3Client;
  close(): void;
}

/** These differ from those of the SDK. Whatever the user says comes after them. */
const DEFAULTS: S3ClientConfig = {
  // Core tries again later, with what is newest then.
  maxAttempts: 2,
  // Records have a checksum of their own. Other makers' servers do not know all of S3's, and refuse what they do not know.
  requestChecksumCalculation: "WHEN_REQUIRED",
  responseChecksumValidation: "WHEN_REQUIRED",
  // It waits for six seconds where a server does not answer to "Expect: 100-continue".
  expectContinueHeader: false,
};

export function connectionFrom(clientOrConfig: unknown): Connection {
  if (typeof clientOrConfig !== "object" || clientOrConfig === null) {
    throw check.wrongType("client", "an S3Client or the options of one", clientOrConfig);
  }
  if (isClient(clientOrConfig)) return { client: clientOrConfig, close: () => undefined };
  checkConfig(clientOrConfig);
  const client = new S3Client({ ...DEFAULTS, ...clientOrConfig });
  return { client, close: () => client.destroy() };
}

/** Not `instanceof`: a program may have two copies of the SDK, and a client of either will do. */
function isClient(value: object): value is S3Client {
  return "send" in value && typeof value.send === "function";
}

/** What the SDK would take, and fail with at the first call. */
function checkConfig({ region, endpoint, forcePathStyle }: S3ClientConfig): void {
  if (region !== undefined && typeof region !== "string" && typeof region !== "function") {
    throw check.wrongType("region", 'a string such as "eu-west-1"', region);
  }
  if (region === "") throw check.wrongValue("region", 'a string such as "eu-west-1"', region);
  if (typeof endpoint === "string") checkEndpoint(endpoint);
  if (forcePathStyle !== undefined && typeof forcePathStyle !== "boolean") {
    throw check.wrongType("forcePathStyle", "true or false", forcePathStyle);
  }
}

/** Its text is never shown: it may have a password in it. The SDK would drop what is refused here, in silence. */
function checkEndpoint(endpoint: string): void {
  const expected = 's3Backup: endpoint must be a URL such as "https://s3.example.com:9000"; got one';
  if (!/^https?:\/\//i.test(endpoint) || !URL.canParse(endpoint)) throw new RangeError(`${expected} that is not of HTTP`);
  const { username, password, search, hash } = new URL(endpoint);
  if (username !== "" || password !== "") {
    throw new RangeError(`${expected} with a user or a password. The SDK finds credentials in the environment, or in the option credentials`);
  }
  if (search !== "" || hash !== "") throw new RangeError(`${expected} with "?" or "#"`);
}
