import type { CreateStore } from "../src/index.ts";

/** An adapter that is wrong in one way, and the sentences of the kit that must fail for it: these and no others. */
export interface Broken<Adapter> {
  readonly how: string;
  readonly store: CreateStore<Adapter>;
  readonly fails: readonly string[];
}
