import { isObject } from "../base/foreign.ts";
import { kindOf, stepTo, stepToEntry } from "./kinds.ts";

// Enough for any mistake in a program. Limited, because the search runs at every load of the key.
const MOST_ATTEMPTS = 2_000;
const DEEPEST = 50;

/** The place of the part that makes a codec refuse a value: `value.items[3]`. Descends as long as the codec refuses a part by itself. */
export function placeOfRefusal(value: unknown, encode: (part: unknown) => unknown): string {
  let attempts = 0;
  const isRefused = ({ read }: Part): boolean => attempts++ < MOST_ATTEMPTS && throws(() => encodeUnlessUndefined(read(), encode));
  let place = "value";
  let whole = value;
  for (let depth = 0; depth < DEEPEST; depth++) {
    const refused = isObject(whole) ? partsOf(whole).find(isRefused) : undefined;
    if (refused === undefined) return place;
    place += refused.step;
    if (throws(refused.read)) return place; // a getter
    whole = refused.read();
  }
  return "value"; // a value nested this deep is refused for its depth, or contains itself
}

interface Part {
  readonly step: string;
  readonly read: () => unknown;
}

function partsOf(whole: object): readonly Part[] {
  const kind = kindOf(whole);
  if (kind === "View" || kind === "Other") return [];
  if (kind === "Set") return Array.from(Set.prototype.values.call(whole), (part: unknown, index) => ({ step: `.values()[${index}]`, read: () => part }));
  if (kind !== "Map") return Object.keys(whole).map((key) => ({ step: stepTo(whole, key), read: () => Reflect.get(whole, key) as unknown }));
  return Array.from(Map.prototype.entries.call(whole)).flatMap(([key, part]: [unknown, unknown], index) => [
    { step: `.keys()[${index}]`, read: () => key },
    { step: stepToEntry(key, index), read: () => part },
  ]);
}

/** A property that is `undefined` may be lost, even with a codec that has no `undefined`. */
function encodeUnlessUndefined(part: unknown, encode: (part: unknown) => unknown): void {
  if (part !== undefined) encode(part);
}

function throws(work: () => unknown): boolean {
  try {
    work();
    return false;
  } catch {
    return true;
  }
}
