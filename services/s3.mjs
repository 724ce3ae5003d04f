/**
 * What the S3 server needs and a data file cannot say. The server is moto: it checks signatures and policies, and is a
 * package of Debian's, but not of a release yet. So it comes from `sid`, and is unpacked where nobody else finds it: the
 * machine's own packages and their sources stay as they are.
 *
 *     node services/s3.mjs moto LINK          leads LINK to the folder of Python modules, and makes that when missing
 *     node services/s3.mjs server LINK        leads LINK to the program that starts it
 *     node services/s3.mjs user URL FILE      makes a user who may do anything, and writes the keys to FILE
 */

import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./src/commands.mjs";

/** Written for any Python 3. What they need that is not, or that Debian 12 has new enough, is in s3.json. */
const PACKAGES = ["antlr4", "boto3", "botocore", "moto", "responses", "s3transfer", "xmltodict"].map((name) => `python3-${name}`);

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** @param {string} link */
async function provideMoto(link) {
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "lastgood-services");
  const moto = join(cache, "moto");
  if (!existsSync(moto)) {
    await mkdir(cache, { recursive: true });
    const folder = await mkdtemp(join(cache, "unpacking-"));
    try {
      await unpackInto(folder);
      await moveIfFirst(join(folder, "root/usr/lib/python3/dist-packages"), moto);
    } finally {
      await rm(folder, { recursive: true });
    }
  }
  await symlink(moto, link);
}

/** @param {string} folder */
async function unpackInto(folder) {
  const signed = existsSync(KEYRING) ? `[signed-by=${KEYRING}] ` : "";
  await writeFile(join(folder, "sid.list"), `deb ${signed}${await debianMirror()} sid main\n`);
  await mkdir(join(folder, "lists/partial"), { recursive: true });
  await mkdir(join(folder, "cache/archives/partial"), { recursive: true });
  const settings = {
    "Dir::State::lists": join(folder, "lists"),
    "Dir::Cache": join(folder, "cache"),
    "Dir::Etc::sourcelist": join(folder, "sid.list"),
    "Dir::Etc::sourceparts": "-",
    "Acquire::Check-Valid-Until": "false",
    "Acquire::Languages": "none",
  };
  const apt = ["apt-get", "-q", ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`])];
  await run([...apt, "update"], { cwd: folder });
  await run([...apt, "download", ...PACKAGES.map((name) => `${name}/sid`)], { cwd: folder });
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".deb"))) {
    await run(["dpkg", "-x", file, "root"], { cwd: folder });
  }
  const modules = join(folder, "root/usr/lib/python3/dist-packages");
  await run(["/usr/bin/python3", "-c", "import moto.server"], { env: { ...process.env, PYTHONPATH: modules } });
}

/** @returns {Promise<string>} Where this machine has its own packages from: the same mirror has `sid` too. */
async function debianMirror() {
  const system = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const release = /^VERSION_CODENAME=(\w+)$/m.exec(system)?.[1] ?? "";
  const sources = /^ID=debian$/m.test(system) ? await run(["apt-get", "update", "--print-uris"]) : "";
  const [, mirror] = new RegExp(`^'(.+)/dists/(?:${release}|stable|oldstable)/InRelease'`, "m").exec(sources) ?? [];
  if (mirror !== undefined) return mirror;
  throw new Error(`The tests of backup-s3 need moto, an S3 server that Debian has a package of, and this machine knows no mirror
of Debian. Run them on Debian 12 or newer, in a container for instance.`);
}

/**
 * Whoever comes later finds the same there.
 * @param {string} from
 * @param {string} to
 */
async function moveIfFirst(from, to) {
  try {
    await rename(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
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
