// Under Jest, in Vitest's vmThreads and in `node:vm` contexts, a program gets values of two realms. Each realm has its own Date, Map and
// Object. lastgood treats a value the same way whichever realm made it.

const NATIVE = /^function \w+\(\) \{ \[native code\] \}$/;
const known = new WeakMap<object, string | undefined>();

/** The name of the built-in class, of any realm, that has this prototype; else `undefined`. No prototype (`null`) counts as `"Object"`. */
export function builtInName(prototype: object | null): string | undefined {
  if (prototype === null || prototype === Object.prototype) return "Object";
  if (prototype === Array.prototype) return "Array";
  if (!known.has(prototype)) known.set(prototype, findName(prototype));
  return known.get(prototype);
}

function findName(prototype: object): string | undefined {
  const maker: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof maker !== "function" || maker.prototype !== prototype) return undefined;
  return NATIVE.test(Function.prototype.toString.call(maker)) ? maker.name : undefined;
}

/** Whether the value is an Error of any realm. Never throws. */
export function isError(value: unknown): value is Error {
  try {
    if (typeof value !== "object" || value === null || isPlain(value)) return false;
    if (value instanceof Error) return true;
    const tag = Object.prototype.toString.call(value);
    return tag === "[object Error]" || tag === "[object DOMException]";
  } catch {
    return false;
  }
}

/** Whether it is a plain object or array of this realm, as nearly every value is. Much faster than to ask for its tag. */
function isPlain(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype;
}
