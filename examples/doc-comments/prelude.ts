/** Names that examples in doc comments may use without importing them. Types only, because no example is run. */
import type { Datastore, LoadContext, StandardSchema } from "@lastgood/core";

export interface User {
  readonly id: number;
  readonly name: string;
}

export declare const datastore: Datastore;
export declare function loadFeed(context: LoadContext): Promise<string>;
export declare function loadUser(id: number): Promise<User>;
/** As Zod, Valibot and ArkType make them. */
export declare const userSchema: StandardSchema<unknown, User>;
