/** The client of SQLite that the backup uses, for programs that keep a database of their own. */
export { chooseDriver, type LoadDriver } from "./drivers/choose.ts";
export { type DriverName, inTransaction, type SqliteDatabase, type SqliteDriver, type SqliteStatement, type SqliteValue, valueOf } from "./drivers/sqlite.ts";
