import type { BackupAdapter, BackupRecord } from "@lastgood/core/adapter";
import { rejection } from "@lastgood/services";
import { expect, it, onTestFinished, vi } from "vitest";
import { BackupStore } from "../src/stores/backup-store.ts";

type Answer = (record: BackupRecord | undefined) => void;

/** A store whose answer comes when the test says so. */
function slowStore(): { readonly store: BackupStore; readonly answer: Answer } {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  let answer: Answer = () => undefined;
  const read = (): Promise<BackupRecord | undefined> => new Promise((resolve) => (answer = resolve));
  const adapter: Pick<BackupAdapter, "read"> = { read };
  const store = new BackupStore({ kind: "file", path: "/backups", options: {} }, adapter as BackupAdapter, true);
  return { store, answer: (record) => answer(record) };
}

it("a store that says nothing for 30 s is a failure that names it", async () => {
  const { store } = slowStore();
  const failure = rejection(() => store.read("id"));
  await vi.advanceTimersByTimeAsync(30_000);
  expect(String(await failure)).toMatch(/backups: no answer within 30 s$/);
});

it("a command that was stopped with Ctrl-Z and goes on takes the answer that has come in meanwhile", async () => {
  const { store, answer } = slowStore();
  const reading = store.read("id");
  const { now } = performance;
  const stopped = vi.spyOn(performance, "now").mockImplementation(() => now.call(performance) + 60_000);
  onTestFinished(() => stopped.mockRestore());
  await vi.advanceTimersByTimeAsync(30_000); // timers run first
  answer(undefined);
  expect(await reading).toBeUndefined();
});
