import { PlatformResponse } from "../wire/undici.ts";

type Init = NonNullable<ConstructorParameters<typeof Response>[1]>;

/** Where a response comes from. */
export interface Origin {
  readonly url: string;
  readonly redirected: boolean;
}

/** What is made anew here. */
type Own = "url" | "redirected" | "body" | "bodyUsed" | "text" | "json" | "arrayBuffer" | "bytes" | "blob" | "formData" | "clone";

/** The rest: to the compiler, members of the platform's Response are fields, which no method may take the place of. */
const Base: new (body: null, init: Init) => Omit<Response, Own> = PlatformResponse;

const UTF_8 = new TextDecoder();

/**
 * A Response whose body is there. The platform makes a stream for a body, which costs more than all else that a hit does; this one makes it when somebody looks
 * at `body`, and reads the bytes themselves where text, JSON or bytes are asked for.
 */
export class WholeResponse extends Base implements Response {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #init: Init;
  readonly #origin: Origin;
  #isRead = false;
  #streaming: Response | undefined;

  constructor(bytes: Uint8Array<ArrayBuffer>, init: Init, origin: Origin) {
    super(null, init);
    this.#bytes = bytes;
    this.#init = init;
    this.#origin = origin;
  }

  get url(): string {
    return this.#origin.url;
  }

  get redirected(): boolean {
    return this.#origin.redirected;
  }

  get body(): Response["body"] {
    return this.#stream().body;
  }

  get bodyUsed(): boolean {
    return this.#isRead || this.#streaming?.bodyUsed === true;
  }

  async text(): Promise<string> {
    return this.#read((bytes) => UTF_8.decode(bytes)) ?? (await this.#stream().text());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  /** Not `bytes.slice()`: of a Buffer that is a view of the whole pool, with the bytes of others. */
  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#read((bytes) => new Uint8Array(bytes).buffer) ?? (await this.#stream().arrayBuffer());
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await this.arrayBuffer());
  }

  async blob(): ReturnType<Response["blob"]> {
    return await this.#stream().blob();
  }

  async formData(): ReturnType<Response["formData"]> {
    return await this.#stream().formData();
  }

  clone(): Response {
    if (this.#streaming === undefined && !this.#isRead) return new WholeResponse(this.#bytes, { ...this.#init, headers: new Headers(this.headers) }, this.#origin);
    return withOrigin(this.#stream().clone(), this.#origin);
  }

  /** `undefined`: it has been read, or somebody has its stream, which knows the rest. */
  #read<T>(convert: (bytes: Uint8Array<ArrayBuffer>) => T): T | undefined {
    if (this.#isRead || this.#streaming !== undefined) return undefined;
    this.#isRead = true;
    return convert(this.#bytes);
  }

  /** The same as the platform has it: a body that has been read is one there as well. */
  #stream(): Response {
    if (this.#streaming === undefined) {
      this.#streaming = new PlatformResponse(this.#bytes, { ...this.#init, headers: new Headers(this.headers) });
      if (this.#isRead) void this.#streaming.arrayBuffer();
    }
    return this.#streaming;
  }
}

/** The constructor of the platform leaves the URL empty. */
export function withOrigin(response: Response, origin: Origin): Response {
  const clone = (): Response => withOrigin(PlatformResponse.prototype.clone.call(response), origin);
  return Object.defineProperties(response, {
    url: { value: origin.url, configurable: true },
    redirected: { value: origin.redirected, configurable: true },
    clone: { value: clone, configurable: true, writable: true },
  });
}
