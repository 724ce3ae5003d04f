/*
 * Node's own modules, each loaded on first use. Node takes longer to load these than to load core itself, and a program
 * that answers from its memory may never need them.
 */

function onDemand<M>(load: () => M): () => M {
  let loaded: M | undefined;
  return () => (loaded ??= load());
}

export const crypto: () => typeof import("node:crypto") = onDemand(() => process.getBuiltinModule("node:crypto"));
export const net: () => typeof import("node:net") = onDemand(() => process.getBuiltinModule("node:net"));
export const util: () => typeof import("node:util") = onDemand(() => process.getBuiltinModule("node:util"));
export const v8: () => typeof import("node:v8") = onDemand(() => process.getBuiltinModule("node:v8"));
export const zlib: () => typeof import("node:zlib") = onDemand(() => process.getBuiltinModule("node:zlib"));
