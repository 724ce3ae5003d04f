import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { check } from "./options.ts";
import { OwnRequests, type Requests, UsersRequests } from "./requests.ts";

/** A way to a client, and how to close it. Closing does nothing if the client is the user's. */
export interface Connection {
  readonly requests: Requests;
  close(): void;
}

/** Defaults that differ from the SDK's. The user's options take precedence. */
const DEFAULTS: S3ClientConfig = {
  // Core retries later, with the newest record.
  maxAttempts: 2,
  // Records have their own checksum. Some compatible servers refuse S3 checksums that they do not know.
  requestChecksumCalculation: "WHEN_REQUIRED",
  responseChecksumValidation: "WHEN_REQUIRED",
  // If a server does not answer "Expect: 100-continue", the SDK waits for six seconds.
  expectContinueHeader: false,
  // S3 names the region of a bucket that is in another one. Otherwise every call would fail, for a slip in the settings.
  followRegionRedirects: true,
};

export function connectionFrom(clientOrConfig: unknown): Connection {
  if (typeof clientOrConfig !== "object" || clientOrConfig === null) {
    throw check.wrongType("client", "an S3Client or the options of one", clientOrConfig);
  }
  if (isClient(clientOrConfig)) return { requests: new UsersRequests(clientOrConfig), close: () => undefined };
  checkConfig(clientOrConfig);
  const client = new S3Client({ ...DEFAULTS, ...clientOrConfig });
  if (!("signer" in clientOrConfig)) reuseSigners(client);
  return { requests: new OwnRequests(client), close: () => client.destroy() };
}

/** The SDK makes a signer for each request, of a copy of all its settings. One for each region and service does as well. */
export function reuseSigners({ config }: S3Client): void {
  const make = config.signer;
  const known = new Map<string, ReturnType<typeof make>>();
  config.signer = (scheme) => {
    const name = `${scheme?.name} ${scheme?.signingName} ${scheme?.signingRegion}`;
    const there = known.get(name);
    if (there !== undefined) return there;
    const signer = make(scheme);
    known.set(name, signer);
    signer.catch(() => known.delete(name));
    return signer;
  };
}

/** Not `instanceof`, because a program may have two copies of the SDK. */
function isClient(value: object): value is S3Client {
  return "send" in value && typeof value.send === "function";
}

/** Refuses options that the SDK accepts and that then fail the first call. */
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

/** The endpoint is never shown, because it may contain a password. The SDK would silently ignore the parts refused here. */
function checkEndpoint(endpoint: string): void {
  const expected = 's3Backup: endpoint must be a URL such as "https://s3.example.com:9000"; got one';
  if (!/^https?:\/\//i.test(endpoint) || !URL.canParse(endpoint)) throw new RangeError(`${expected} that is not of HTTP`);
  const { username, password, search, hash } = new URL(endpoint);
  if (username !== "" || password !== "") {
    throw new RangeError(`${expected} with a user or a password. The SDK finds credentials in the environment, or in the option credentials`);
  }
  if (search !== "" || hash !== "") throw new RangeError(`${expected} with "?" or "#"`);
}
