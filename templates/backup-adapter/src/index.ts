export { exampleBackup } from "./backup-adapter.ts";
export type { ExampleBackupOptions, ExampleClient, ExampleShelf } from "./backup-adapter.ts";
