/**
 * A reader that knows nothing of lastgood: prints the body of a URL as it arrives. It complains and exits like curl:
 * with 7 if it cannot connect, 22 for a status that is no success, 18 if the body breaks off.
 *
 *     node fetcher.mjs URL
 */

import { get } from "node:http";

const [url = ""] = process.argv.slice(2);

/** @param {number} code @param {string} why */
function fail(code, why) {
  console.error(`fetcher: ${why}`);
  process.exitCode = code;
}

let hasAnswered = false;

const request = get(url, async (response) => {
  hasAnswered = true;
  if (response.statusCode !== 200) {
    response.resume();
    return fail(22, `the server answered ${response.statusCode}`);
  }
  try {
    for await (const chunk of response) process.stdout.write(chunk);
  } catch {
    fail(18, "the body broke off");
  }
});
request.on("error", (error) => hasAnswered || fail(7, error.message));
