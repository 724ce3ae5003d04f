#!/usr/bin/env node
import { createProject } from "./project.ts";

const HELP = `npm create @lastgood/adapter KIND NAME

  KIND  backup or cache
  NAME  of the store: small letters, digits and single dashes, such as dynamo or dynamo-db

Writes the folder KIND-NAME: an adapter that compiles and passes every test, with a Map as its store.
`;

const args = process.argv.slice(2);
if (args.includes("--help") || args.includes("-h")) {
  process.stdout.write(HELP);
} else {
  create(args);
}

function create([kind, name]: readonly string[]): void {
  try {
    const { folder, factory } = createProject(process.cwd(), kind, name);
    process.stdout.write(`${folder} is there: ${factory}() keeps everything in a Map, and passes the tests.

  cd ${folder}
  npm install
  npm test

Then put your store in place of the Map:
  src/${folder}.ts     each body says what goes there
  test/empty-store.ts    opens a real, empty store for each test
`);
  } catch (error) {
    // createProject and the file system throw errors.
    process.stderr.write(`${(error as Error).message}\n\n${HELP}`);
    process.exitCode = 1;
  }
}
