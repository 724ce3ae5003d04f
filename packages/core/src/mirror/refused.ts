import { isReadOnly } from "../adapter/read-only.ts";

/** Stands for the answer of a store that takes no changes, such as a seed. */
export const REFUSED: unique symbol = Symbol("refused");

/** A refusal is no failure: the others keep what this one does not. */
export async function unlessRefused<T>(change: () => T): Promise<Awaited<T> | typeof REFUSED> {
  try {
    return await change();
  } catch (error) {
    if (isReadOnly(error)) return REFUSED;
    throw error;
  }
}
