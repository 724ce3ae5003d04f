import type { Datastore, Namespace } from "@lastgood/core";

/** Where answers are kept: a datastore, or a namespace of one. */
export type Store = Pick<Datastore & Namespace, "getResult" | "get" | "set" | "expire" | "peekBackup" | "namespace">;
