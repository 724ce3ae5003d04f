#!/usr/bin/env node
import { cli } from "./cli.ts";

// No process.exit(): it would cut off pending output, and leave a command running that is being stopped.
process.exitCode = await cli(process.argv.slice(2));
