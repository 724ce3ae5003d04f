/**
 * What makes a server on loopback a distant one, in a process of its own: `node distance.mjs TARGET MILLISECONDS` passes on what it is sent after so many
 * milliseconds, and what is answered at once. Any number of connections may be under way.
 */

import { connect, createServer } from "node:net";

const [target = "", milliseconds = ""] = process.argv.slice(2);
const { hostname: host, port } = new URL(target);

const server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
  const far = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
  const later = (/** @type {() => unknown} */ pass) => void setTimeout(pass, Number(milliseconds));
  near.on("data", (chunk) => later(() => far.write(chunk)));
  near.on("end", () => later(() => far.end()));
  far.pipe(near);
  near.on("error", () => far.destroy());
  far.on("error", () => near.destroy());
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.send?.(typeof address === "object" ? address?.port : undefined);
});
process.on("disconnect", () => process.exit());
