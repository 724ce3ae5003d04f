/** What the examples in doc comments may use without saying where it comes from. Types only: no example is run. */
import type { Datastore, LoadContext } from "@lastgood/core";

export interface User {
  readonly id: number;
  readonly name: string;
}

export declare const datastore: Datastore;
export declare function loadFeed(context: LoadContext): Promise<string>;
export declare function loadUser(id: number): Promise<User>;
