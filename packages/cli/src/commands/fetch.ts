import { answer } from "../answers/answer.ts";
import { answerOptions } from "../answers/answer-options.ts";
import { whyRefused } from "../answers/output-check.ts";
import { ANSWER_OPTIONS } from "../arguments/options.ts";
import { UsageError } from "../arguments/usage-error.ts";
import { urlLoader } from "../sources/url-loader.ts";
import { urlKey } from "../stores/keys.ts";
import type { Command } from "./command.ts";

export const fetchUrl: Command = {
  name: "fetch",
  synopsis: "URL",
  summary: "the last good body of a URL",
  details: [
    "A request fails when there is no connection, when the status is not a success, when the answer takes too long or breaks off, and when the body is refused. Redirects are followed; proxies are not used. If the server sent an ETag or Last-Modified, later requests are conditional. For any other kind of request, use run with another program.",
    "Without --key, the key is the URL.",
  ],
  options: ANSWER_OPTIONS,
  async run(args) {
    const [text] = args.positionals("URL");
    const url = parseUrl(text);
    const options = answerOptions(args, () => url.href);
    const isAcceptable = (body: Uint8Array): boolean => whyRefused(body, options.expected) === undefined;
    return await answer(urlLoader(url, { maxBytes: options.maxBytes, isAcceptable }), options);
  },
};

function parseUrl(text: string): URL {
  const key = urlKey(text);
  if (key === undefined) throw new UsageError("the URL cannot be read: write one that begins with http:// or https://");
  const url = new URL(key);
  if (url.username !== "" || url.password !== "") {
    throw new UsageError("the URL has a user name in it, and messages show URLs: use run with a program that takes it in another way");
  }
  return url;
}
