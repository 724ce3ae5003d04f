import { join } from "node:path";
import { fsBackup } from "@lastgood/backup-fs";
import { recordTests } from "./records.ts";

recordTests("records in a directory", (directory) => fsBackup(join(directory, "directory")));
