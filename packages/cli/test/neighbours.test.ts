import { hash } from "node:crypto";
import type { BackupInfo } from "@lastgood/core/adapter";
import { expect, it } from "vitest";
import { neighboursTogether } from "../src/copy/neighbours.ts";
import type { BackupPlace } from "../src/stores/place.ts";

const ids = Array.from({ length: 100 }, (_, index) => `id-${index}`);

async function* all(): AsyncGenerator<BackupInfo, void> {
  for (const id of ids) yield { id, usedAt: 1, loadedAt: 1, size: 1 };
}

async function orderFor(kind: "file" | "seed" | "sqlite", atOnce?: number): Promise<string[]> {
  const place: BackupPlace = { kind, path: "/backups", options: {} };
  const order: string[] = [];
  for await (const { id } of neighboursTogether(all(), place, atOnce)) order.push(id);
  return order;
}

function placesOf(order: readonly string[]): string[] {
  return order.map((id) => hash("sha256", id, "hex"));
}

it.each(["file", "seed"] as const)("copy to a %s store takes the records of one directory after each other", async (kind) => {
  const order = await orderFor(kind);
  expect(order.toSorted()).toEqual(ids.toSorted());
  expect(placesOf(order)).toEqual(placesOf(ids).toSorted());
});

it("copy sorts no more ids at once than fit into flat memory, and leaves none out", async () => {
  const order = await orderFor("file", 30);
  expect(order.toSorted()).toEqual(ids.toSorted());
  expect(placesOf(order.slice(30, 60))).toEqual(placesOf(ids.slice(30, 60)).toSorted());
});

it("copy to other stores takes the records as they come", async () => {
  expect(await orderFor("sqlite")).toEqual(ids);
});
