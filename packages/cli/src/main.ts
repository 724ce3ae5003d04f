#!/usr/bin/env node
import { cli } from "./cli.ts";

// No process.exit(): it would cut off output that has not been written yet, and leave a command behind that is being stopped.
process.exitCode = await cli(process.argv.slice(2));
