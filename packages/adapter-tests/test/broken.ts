import type { CreateStore } from "../src/index.ts";

/** An adapter with one fault, and exactly those sentences of the kit that must fail for it. */
export interface Broken<Adapter> {
  readonly how: string;
  readonly store: CreateStore<Adapter>;
  readonly fails: readonly string[];
}
