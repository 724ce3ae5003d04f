/** Makes the package of a new adapter: `npm run new-adapter -- backup dynamo`. */

import { createAdapter } from "./lib/adapter-template.mjs";
import { packageManager, root } from "./lib/run.mjs";

try {
  const [kind, name] = process.argv.slice(2);
  const { folder, packageName, factory } = createAdapter(root, kind, name);
  console.log(`${folder} is there: ${factory}() keeps everything in a Map, and passes the tests. Now:

  1. Add the client library of the store. This links the package as well:
       npx ${packageManager} add --filter ${packageName} LIBRARY
     If builtins of Node are enough: npx ${packageManager} install
     If pnpm asks about a build script, say in pnpm-workspace.yaml, under allowBuilds, whether the library needs it.
  2. Put your store in place of the Map, in ${folder}:
       src/${kind}-${name}.ts     each body says what goes there
       test/empty-store.ts    opens a real, empty store for each test
  3. Build and test, as often as you like:
       npx tsc -b ${folder} && npx vitest run ${folder}
  4. Say in ${folder}/README.md what it guarantees. Then everything at once:
       npm test
`);
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}
