import { createHash } from "node:crypto";
import type { BackupInfo } from "@lastgood/core/adapter";
import type { BackupStore } from "../stores/backup-store.ts";
import { NumberSet } from "./number-set.ts";

/** What a store had when it was listed: 53 bits for each id, and as many for what the list says of it. A million take some 30 MB. */
export class WhatsThere {
  readonly #ids = new NumberSet();
  readonly #known = new NumberSet();

  static async of(store: BackupStore): Promise<WhatsThere> {
    const there = new WhatsThere();
    for await (const info of store.list()) {
      there.#ids.add(numberOf(info.id));
      there.#known.add(numberOf(allOf(info)));
    }
    return there;
  }

  /** Whether the store had this id. */
  hasId(id: string): boolean {
    return this.#ids.has(numberOf(id));
  }

  /** Whether the store had the id with this newest record and this last use. */
  has(info: BackupInfo): boolean {
    return this.#known.has(numberOf(allOf(info)));
  }
}

function allOf({ id, loadedAt, usedAt, size }: BackupInfo): string {
  return `${id} ${loadedAt} ${usedAt} ${size}`;
}

function numberOf(text: string): number {
  const digest = createHash("sha256").update(text).digest();
  return Number(digest.readBigUInt64LE() & 0x1f_ffff_ffff_ffffn) + 1;
}
