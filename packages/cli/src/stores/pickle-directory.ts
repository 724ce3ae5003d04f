import { isUtf8 } from "node:buffer";
import { readdir, readFile, stat } from "node:fs/promises";
import { sep } from "node:path";
import { type BackupAdapter, type BackupInfo, type BackupRecord, codeOf, messageOf, recordId } from "@lastgood/core/adapter";
import { readPickle } from "../pickles/read-pickle.ts";
import { makeRecord } from "./make-record.ts";

interface PickleFile {
  /** The key is the name of the file. */
  readonly key: string;
  /** Whether the name is text, and `key` all of it. */
  readonly isText: boolean;
  readonly path: Buffer;
}

/**
 * The backups of Django's `datastore.py`: a directory with a pickle for each key, in a file that is named by the key. They are read as data,
 * and nothing is written. A value was loaded when its file was last written, and used when that was last read.
 */
export function pickleDirectory(directory: string): BackupAdapter {
  let files: Promise<ReadonlyMap<string, PickleFile>> | undefined;
  const find = (): Promise<ReadonlyMap<string, PickleFile>> => (files ??= filesIn(directory));
  const refuse = async (): Promise<never> => {
    throw Object.assign(new Error(`${directory} is read, and not written to`), { code: "READ_ONLY_STORE" });
  };
  return {
    name: "datastore.py",
    async *list() {
      for (const [id, file] of await find()) {
        const info = await infoOf(id, file);
        if (info !== undefined) yield info;
      }
    },
    read: async (id, { before = Infinity } = {}) => recordIn((await find()).get(id), before),
    write: refuse,
    touch: refuse,
    delete: refuse,
  };
}

async function filesIn(directory: string): Promise<ReadonlyMap<string, PickleFile>> {
  const found = await readdir(directory, { withFileTypes: true, encoding: "buffer" });
  const files = found.filter((one) => one.isFile()).map(({ name }) => ({ key: name.toString(), isText: isUtf8(name), path: Buffer.concat([Buffer.from(directory + sep), name]) }));
  return new Map(files.map((file) => [recordId(file.key), file]));
}

/** `undefined` for a file that is gone, or is empty: a lock. */
async function infoOf(id: string, { path }: PickleFile): Promise<BackupInfo | undefined> {
  const found = await lookAt(path);
  return found === undefined || found.size === 0 ? undefined : { id, ...found };
}

async function lookAt(path: Buffer): Promise<Omit<BackupInfo, "id"> | undefined> {
  try {
    const { mtimeMs, atimeMs, size } = await stat(path);
    const loadedAt = Math.max(0, Math.floor(mtimeMs));
    return { loadedAt, usedAt: Math.max(loadedAt, Math.floor(atimeMs)), size };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function recordIn(file: PickleFile | undefined, before: number): Promise<BackupRecord | undefined> {
  const found = file && (await lookAt(file.path));
  if (file === undefined || found === undefined || found.loadedAt >= before) return undefined;
  const { loadedAt } = found;
  try {
    if (!file.isText) throw new Error("its name is not UTF-8, and so it is no key");
    return { bytes: await makeRecord(file.key, readPickle(await readFile(file.path)), loadedAt), loadedAt };
  } catch (error) {
    throw Object.assign(new Error(`${file.path}: ${messageOf(error)}`, { cause: error }), { loadedAt });
  }
}
