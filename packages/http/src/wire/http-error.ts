import { isError } from "@lastgood/core/adapter";
import { DeniedError, GoneError } from "@lastgood/core";
import type { Answer } from "./answer.ts";

/** What an error of this package knows about the request that failed. */
export interface HttpFailure {
  /** The status of the answer; `undefined` if there was none, or if its body broke off. */
  readonly status: number | undefined;
  /** The URL that was asked last, without its query: errors are logged, and queries hold keys. */
  readonly url: string;
}

export interface HttpErrorDetails {
  readonly answer?: Answer | undefined;
  readonly cause?: unknown;
}

/** The answer that an error is about, for those who answer with it as it is. */
const answers = new WeakMap<object, Answer>();

export function answerOf(error: unknown): Answer | undefined {
  return typeof error === "object" && error !== null ? answers.get(error) : undefined;
}

/**
 * The source is broken: it cannot be reached, says so itself (5xx, 429, 408), or its answer is damaged. `cause` is the error of the
 * connection, if that is what failed. A backup stands in.
 */
export class HttpError extends Error implements HttpFailure {
  override readonly name: string = "HttpError";
  readonly status: number | undefined;
  readonly url: string;

  constructor(url: string, message: string, details: HttpErrorDetails = {}) {
    super(message, details);
    this.url = url;
    this.status = details.answer?.status;
    remember(this, details);
  }
}

/** The source has answered, and the answer is no: 401, 403, 404 and other statuses from 400 to 499. No backup stands in; it is kept. */
export class HttpRefusal extends DeniedError implements HttpFailure {
  override readonly name: string = "HttpRefusal";
  readonly status: number | undefined;
  readonly url: string;

  constructor(url: string, message: string, details: HttpErrorDetails = {}) {
    super(message, details);
    this.url = url;
    this.status = details.answer?.status;
    remember(this, details);
  }
}

/** 410: the source says that the thing no longer exists. Its backup is deleted. */
export class HttpGone extends GoneError implements HttpFailure {
  override readonly name: string = "HttpGone";
  readonly status: number | undefined;
  readonly url: string;

  constructor(url: string, message: string, details: HttpErrorDetails = {}) {
    super(message, details);
    this.url = url;
    this.status = details.answer?.status;
    remember(this, details);
  }
}

function remember(error: object, { answer }: HttpErrorDetails): void {
  if (answer !== undefined) answers.set(error, answer);
}

/** A URL as messages show it: without its query, its fragment and its user. */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** What happened, in a line: the messages of undici say "fetch failed" or nothing, and their causes the rest. */
export function describeFailure(error: unknown): string {
  if (!isError(error)) return String(error);
  if ("errors" in error && Array.isArray(error.errors) && error.errors.length > 0) return describeFailure(error.errors[0]);
  if (error.message === "" && error.cause !== undefined) return describeFailure(error.cause);
  return error.message === "" && "code" in error ? String(error.code) : error.message.replaceAll(/\s*\n\s*/g, " ");
}
