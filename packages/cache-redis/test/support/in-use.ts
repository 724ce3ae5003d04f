import type { Datastore } from "@lastgood/core";
import { until } from "@lastgood/services";
import { expect } from "vitest";

/** Waits until a value that was loaded just now comes from the cache: the cache is read and written again. */
export async function untilCacheIsUsed(datastore: Datastore): Promise<void> {
  await until(async () => {
    await datastore.get("other", () => "after");
    expect(await datastore.getResult("other", () => "after")).toMatchObject({ source: "cache" });
  });
}
