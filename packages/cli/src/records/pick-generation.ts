import { UsageError } from "../arguments/usage-error.ts";
import type { KeptKey } from "./find-key.ts";
import type { Generation } from "./generations.ts";

/** The record with this number; without one, the newest that can be read, else the newest. */
export function pickGeneration({ generations }: KeptKey, number: number | undefined): Generation {
  const found = number === undefined ? (generations.find(({ problem }) => problem === undefined) ?? generations[0]) : generations.find((one) => one.number === number);
  if (found === undefined) throw new UsageError(`--generation is ${number}, and the key has ${generations.length}`);
  return found;
}
