import type { Answer } from "../wire/answer.ts";
import { HttpError, HttpGone, HttpRefusal, shownUrl } from "../wire/http-error.ts";

/** What a status says: a good answer, the source's word that there is none for this caller, or a broken source. */
export type Verdict = "good" | "gone" | "refused" | "broken";

const GONE = 410;
/** A part of a body that was asked for whole. */
const PARTIAL_CONTENT = 206;
/** They say that the source cannot answer now. */
const BROKEN = new Set([408, 429]);

/** `fallbackOn`: statuses by which this source says that it is broken. `answerOn`: statuses that come with a good answer. */
export function verdictOf(status: number, fallbackOn: readonly number[], answerOn: readonly number[] = []): Verdict {
  if (answerOn.includes(status)) return "good";
  if (fallbackOn.includes(status) || BROKEN.has(status) || status === PARTIAL_CONTENT) return "broken";
  if (status >= 200 && status < 300) return "good";
  if (status < 400 || status >= 500) return "broken";
  return status === GONE ? "gone" : "refused";
}

/** The error that says so, with the answer. */
export function errorOf(verdict: Exclude<Verdict, "good">, method: string, answer: Answer): Error {
  const url = shownUrl(new URL(answer.url));
  const message = `${method} ${url} answered with HTTP status ${`${answer.status} ${answer.statusText}`.trim()}`;
  const { [verdict]: ErrorOfVerdict } = { gone: HttpGone, refused: HttpRefusal, broken: HttpError };
  return new ErrorOfVerdict(url, message, { answer });
}
