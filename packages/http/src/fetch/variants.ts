import { LRUCache } from "lru-cache";
import type { Store } from "./store.ts";

/** What is known of a URL besides its answers. */
interface KnownUrl {
  /** The headers that its answers depend on, in order. */
  readonly vary: readonly string[];
  /** Epoch milliseconds: what was asked for before then is not fresh. */
  readonly invalidatedAt: number;
}

interface Remembered extends KnownUrl {
  readonly readAt: number;
  /** Under which keys this process has asked, beside the plain ones. */
  readonly keys: Set<string>;
}

const NOTHING: KnownUrl = { vary: [], invalidatedAt: 0 };
const MOST_URLS = 10_000;
const MOST_KEYS = 100;
// A source that names more is not to be cached by header.
const MOST_NAMES = 20;
// A record that is read counts as used, and is not culled.
const A_DAY = 86_400_000;

/** Which headers select among the answers of a URL, and when its answers were made invalid. In the backup, so that it is known after a restart. */
export class Variants {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #known = new LRUCache<string, Remembered>({ max: MOST_URLS });

  constructor(store: Store, now: () => number) {
    this.#store = store.namespace("vary");
    this.#now = now;
  }

  /** What this process knows already. */
  known(url: string): KnownUrl | undefined {
    const known = this.#known.get(url);
    return known !== undefined && this.#now() - known.readAt < A_DAY ? known : undefined;
  }

  /** What is known anywhere. Never rejects. */
  async find(url: string): Promise<KnownUrl> {
    const stored = await this.#store.get<unknown>(url, () => undefined, { useCache: false }).catch(() => undefined);
    return this.#remember(url, isKnownUrl(stored) ? stored : NOTHING);
  }

  /** A key that is a method and the URL alone needs no note: `invalidate` is told of it. */
  note(url: string, key: string): void {
    if (key.endsWith(url)) return;
    const keys = this.#known.peek(url)?.keys;
    if (keys !== undefined && keys.size < MOST_KEYS) keys.add(key);
  }

  /** Answers of this URL depend on these headers as well. Answers with all that they depend on; `undefined` if they are too many. */
  async learn(url: string, vary: readonly string[]): Promise<readonly string[] | undefined> {
    const known = this.known(url) ?? (await this.find(url));
    const all = [...new Set([...known.vary, ...vary])].toSorted();
    if (all.length > MOST_NAMES) return undefined;
    if (all.length > known.vary.length) await this.#write(url, { ...known, vary: all });
    return all;
  }

  /**
   * What this URL has answered so far is not fresh any more. Answers with the keys under which this process has asked for it. `plain`: those
   * that need no note, since every process knows them.
   */
  async invalidate(url: string, plain: readonly string[]): Promise<readonly string[]> {
    const known = this.known(url) ?? (await this.find(url));
    const keys = [...new Set([...plain, ...(this.#known.peek(url)?.keys ?? [])])];
    if (known.vary.length > 0 || keys.length > plain.length) await this.#write(url, { ...known, invalidatedAt: this.#now() });
    return keys;
  }

  #remember(url: string, { vary, invalidatedAt }: KnownUrl): Remembered {
    const keys = this.#known.peek(url)?.keys ?? new Set<string>();
    const remembered = { vary, invalidatedAt, readAt: this.#now(), keys };
    this.#known.set(url, remembered);
    return remembered;
  }

  /** A store that fails has been reported by the datastore. */
  async #write(url: string, { vary, invalidatedAt }: KnownUrl): Promise<void> {
    this.#remember(url, { vary, invalidatedAt });
    await this.#store.set(url, { vary, invalidatedAt }, 0).catch(() => undefined);
  }
}

function isKnownUrl(value: unknown): value is KnownUrl {
  return typeof value === "object" && value !== null && "vary" in value && Array.isArray(value.vary) && "invalidatedAt" in value && typeof value.invalidatedAt === "number";
}
