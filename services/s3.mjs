/**
 * What the S3 server needs and a data file cannot say. The server is moto: it checks signatures and policies, and is a
 * package of Debian's, but not of a release yet. So it comes from `sid`, and is unpacked where nobody else finds it: the
 * machine's own packages and their sources stay as they are.
 *
 *     node services/s3.mjs moto LINK          leads LINK to the folder of Python modules, and makes that when missing
 *     node services/s3.mjs server LINK        leads LINK to the program that starts it
 *     node services/s3.mjs user URL FILE      makes a user who may do anything, and writes the keys to FILE
 */

import { symlink, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { run } from "./src/commands.mjs";
import { provideUnpacked } from "./src/debian.mjs";

/** Written for any Python 3. What they need that is not, or that Debian 12 has new enough, is in s3.json. */
const PACKAGES = ["antlr4", "boto3", "botocore", "moto", "responses", "s3transfer", "xmltodict"].map((name) => `python3-${name}`);

/** @param {string} link */
async function provideMoto(link) {
  const tryOut = (/** @type {string} */ modules) =>
    run(["/usr/bin/python3", "-c", "import moto.server"], { env: { ...process.env, PYTHONPATH: modules } });
  await provideUnpacked({ name: "moto", suite: "sid", packages: PACKAGES, path: "usr/lib/python3/dist-packages", tryOut }, link);
}

/**
 * The server checks signatures from its start, but for the three calls that it is told to let pass here.
 * @param {string} url
 * @param {string} file
 */
async function makeUser(url, file) {
  const UserName = "lastgood";
  const everything = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] };
  await post(`${url}/moto-api/reset-auth`, "3");
  await post(url, { Action: "CreateUser", UserName });
  const keys = await post(url, { Action: "CreateAccessKey", UserName });
  const PolicyDocument = JSON.stringify(everything);
  await post(url, { Action: "PutUserPolicy", UserName, PolicyName: "everything", PolicyDocument });
  /** @param {string} name */
  const valueOf = (name) => new RegExp(`<${name}>([^<]+)`).exec(keys)?.[1];
  const [accessKeyId, secretAccessKey] = [valueOf("AccessKeyId"), valueOf("SecretAccessKey")];
  await writeFile(file, JSON.stringify({ accessKeyId, secretAccessKey }), { mode: 0o600 });
}

/**
 * @param {string} url
 * @param {string | Record<string, string>} body A call of IAM, where it is no string.
 * @returns {Promise<string>}
 */
async function post(url, body) {
  // The service that is meant is known by the scope of the signature; nobody looks at the signature itself.
  const authorization = "AWS4-HMAC-SHA256 Credential=none/20000101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=none";
  const sent = typeof body === "string" ? body : new URLSearchParams({ Version: "2010-05-08", ...body });
  const answer = await fetch(url, { method: "POST", headers: { authorization }, body: sent });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text}`);
  return text;
}

const [task, first = "", second = ""] = process.argv.slice(2);
try {
  if (task === "moto") await provideMoto(first);
  else if (task === "server") await symlink(fileURLToPath(new URL("s3.py", import.meta.url)), first);
  else await makeUser(first, second);
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}
