import type { BackupRecord } from "../adapter/contract.ts";
import { unreadRecordIn } from "../adapter/unread-record.ts";
import type { Member } from "./member.ts";

/** What one store has answered. */
export type Answer =
  | { readonly member: Member; readonly record: BackupRecord | undefined }
  | { readonly member: Member; readonly record?: undefined; readonly error: unknown };

/** That there is nothing is known only if each store has said so. */
export function throwIfUnknown(answers: readonly Answer[]): void {
  const errors = answers.flatMap((answer) => ("error" in answer ? [answer.error] : []));
  if (errors.length === 0) return;
  // One with the stamp of a record that could not be read leads to the record before it.
  throw errors.map(unreadRecordIn).find((cause) => cause !== undefined) ?? errors[0];
}

/** The greatest stamp; of one stamp a record that is whole, from a store that has missed nothing. */
export function newestOf(id: string, answers: readonly Answer[], isWhole: (bytes: Uint8Array) => boolean): BackupRecord | undefined {
  const newest = Math.max(...answers.map(({ record }) => record?.loadedAt ?? -1));
  const candidates = answers.flatMap(({ record, member }) => (record?.loadedAt === newest ? [{ record, isBehind: member.isBehind(id) }] : []));
  const current = candidates.filter(({ isBehind }) => !isBehind);
  const best = (current.length > 0 ? current : candidates).map(({ record }) => record);
  return best.find(({ bytes }) => isWhole(bytes)) ?? best[0];
}
