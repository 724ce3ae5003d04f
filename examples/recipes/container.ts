import { execFile } from "node:child_process";
import { cp, mkdir, readFile, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";

/** What an image would hold, as directories: one for each stage. */
export interface Image {
  /** The working directory of the last stage. */
  readonly directory: string;
  /** What the container starts. */
  readonly command: readonly string[];
}

interface Stage {
  readonly root: string;
  directory: string;
}

/**
 * Does the steps of a container file in directories, without a container engine. Two things are not done as they are written: the
 * image that a stage begins with is the machine itself, and what npm installs are the packages in `nodeModules`.
 *
 * @throws Error for an instruction that it does not know.
 */
export async function buildWithoutEngine(file: string, into: string, nodeModules: string, args: Readonly<Record<string, string>>): Promise<Image> {
  const context = dirname(file);
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  let command: readonly string[] = [];

  const current = (): Stage => {
    if (stage === undefined) throw new Error(`${file} must begin with FROM`);
    return stage;
  };

  const steps: Readonly<Record<string, (rest: string) => Promise<void> | void>> = {
    async FROM(rest) {
      const name = / AS (\S+)$/.exec(rest)?.[1] ?? String(stages.size);
      const root = join(into, name);
      stage = { root, directory: root };
      stages.set(name, stage);
      await mkdir(root);
    },
    async WORKDIR(rest) {
      current().directory = join(current().root, rest);
      await mkdir(current().directory, { recursive: true });
    },
    async COPY(rest) {
      const words = rest.split(" ");
      const from = /^--from=(.*)$/.exec(words[0] ?? "")?.[1];
      const root = from === undefined ? context : stages.get(from)?.root;
      if (root === undefined) throw new Error(`${file}: no stage is called ${from}`);
      const sources = words.slice(from === undefined ? 0 : 1, -1);
      const target = join(current().directory, words.at(-1) ?? "");
      for (const source of sources) await cp(join(root, source), words.at(-1)?.endsWith("/") ? join(target, basename(source)) : target, { recursive: true, verbatimSymlinks: true });
    },
    async RUN(rest) {
      if (rest === "npm install") await symlink(nodeModules, join(current().directory, "node_modules"));
      else if (!rest.startsWith("npm ")) await promisify(execFile)("sh", ["-c", rest], { cwd: current().directory, env: { ...process.env, ...args } });
    },
    CMD(rest) {
      command = JSON.parse(rest) as readonly string[]; // the form of CMD that starts no shell
    },
    // They change nothing in the files.
    ARG: () => undefined,
    USER: () => undefined,
    ENV: () => undefined,
    EXPOSE: () => undefined,
  };

  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  for (const line of lines) {
    const [, instruction = "", rest = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
    const step = steps[instruction];
    if (step === undefined) throw new Error(`${file}: ${instruction} is not known here`);
    await step(rest);
  }
  return { directory: current().directory, command };
}
