// The driver under test, as test/helpers.ts has it.
import { chooseDriver } from "@lastgood/backup-sqlite/driver";

const wanted = /** @type {import("@lastgood/backup-sqlite/driver").DriverName | undefined} */ (process.env["TEST_DRIVER"]);

export const client = chooseDriver(wanted);
export const driver = client.name;
