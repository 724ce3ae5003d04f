import { conformanceTests } from "./support/conformance.ts";

// PgBouncer in transaction mode: each query may go to another session than the one before.
conformanceTests("pooler");
