import type { Context } from "hono";

/**
 * What the page sends bodies as. Parsers of JSON that a program has put before the console leave it alone, and a form or a script of
 * another origin cannot send it without being asked first.
 */
export const BODY_TYPE = "application/vnd.lastgood+json";

// A key may be long, and each of its characters six.
const LONGEST = 1_000_000;

/** A key may be longer than a URL can be, and have characters that no URL can: it comes in a body. Empty for what is no object. */
export async function bodyOf(context: Context): Promise<Readonly<Record<string, unknown>>> {
  const text = await textOf(context);
  if (text.length > LONGEST) return {};
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? { ...body } : {};
  } catch {
    return {};
  }
}

async function textOf(context: Context): Promise<string> {
  try {
    return await context.req.text();
  } catch (cause) {
    throw new Error("the body of the request has been read already: mount the console before whatever reads bodies", { cause });
  }
}
