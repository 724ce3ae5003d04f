import type { HeaderList } from "./headers.ts";

/** A whole answer: its body has been read to its end, and decoded. Times are epoch milliseconds. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  /** As they came, those of the connection and its cookies included. */
  readonly headers: HeaderList;
  readonly body: Uint8Array;
  /** The URL that answered. */
  readonly url: string;
  readonly requestTime: number;
  readonly responseTime: number;
}
