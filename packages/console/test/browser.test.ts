import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { rejection } from "@lastgood/services";
import type { Result } from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { consoleHandler, type ConsoleOptions } from "../src/index.ts";
import { inOutage, MINUTE, served, type Setting, setUp } from "./support.ts";

const require = createRequire(import.meta.url);
/** Debian's, which services/chromium.json names. As root it has no sandbox of its own, and the pages are ours. */
const EXECUTABLE = "/usr/bin/chromium";

let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: EXECUTABLE, args: ["--no-sandbox"] });
});
afterAll(() => browser.close());

interface Opened {
  readonly page: Page;
  readonly origin: string;
  /** What the page has complained of, errors and blocked requests included. */
  readonly complaints: string[];
  /** Every address that was asked. */
  readonly asked: string[];
}

async function open(setting: Setting, options: ConsoleOptions = {}, context: BrowserContextOptions = {}): Promise<Opened> {
  return openAt(await served(consoleHandler(setting.datastore, options)), context);
}

async function openAt(origin: string, options: BrowserContextOptions = {}): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  const asked: string[] = [];
  page.on("console", (message) => void complaints.push(message.text()));
  page.on("pageerror", ({ message }) => void complaints.push(message));
  page.on("dialog", async (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on("request", (request) => void asked.push(request.url()));
  await page.goto(`${origin}/`);
  await page.locator(".plot").first().waitFor();
  return { page, origin, complaints, asked };
}

const HOSTILE = [
  "<script>document.title='pwned'</script>",
  '"><img src=x onerror="document.title=1">',
  "abc\u202egnp.exe",
  "nul\0inside",
  "line\nbreak",
  "😀👩‍👩‍👧 family",
  "x".repeat(5_000),
  "\ud800 lone",
  "",
  "{{constructor.constructor('alert(1)')()}}",
];

describe("what a person does by mouse", () => {
  it("an outage is on the page: the key, why with its causes, how old, and when it is tried again", async () => {
    const setting = setUp();
    await inOutage(setting, ["eur", "usd"]);
    const { page, complaints } = await open(setting);
    const row = page.getByRole("row", { name: "eur" });
    expect(await row.innerText()).toMatch(/TypeError: fetch failed[\s\S]*2 min[\s\S]*in (?:4 min|5 min)/);
    expect(await page.locator("#status").innerText()).toBe("2 keys from backup");
    expect(await page.title()).toBe("(2) rates · lastgood");
    await row.getByText("Cause").click();
    expect(await row.getByText("connect ECONNREFUSED").isVisible()).toBe(true);
    expect(complaints).toEqual([]);
  });

  it("the page follows an outage by itself, from its begin to its end, and open causes stay open", async () => {
    const setting = setUp();
    const { page } = await open(setting);
    expect(await page.getByText("Nothing is served from backup").isVisible()).toBe(true);
    await inOutage(setting, ["eur"]);
    const cause = page.getByText("connect ECONNREFUSED");
    await page.getByText("Cause", { exact: true }).click();
    setting.clock.advance(6 * MINUTE);
    await page.getByText("with the next get").waitFor();
    expect(await cause.isVisible()).toBe(true);
    await setting.datastore.set("eur", "back");
    await page.getByText("Nothing is served from backup").waitFor();
  });

  it("a record is shown with its generations side by side, what differs is marked, and a read-only page has no action", async () => {
    const setting = setUp();
    const { datastore, clock } = setting;
    await datastore.get("eur", () => ({ buy: 1, sell: 2, note: "a line that makes the object long enough to be shown on several lines" }), "1m");
    clock.advance(2 * MINUTE);
    await datastore.get("eur", () => ({ buy: 1, sell: 3, note: "a line that makes the object long enough to be shown on several lines" }), "1m");
    const { page } = await open(setting);
    await page.getByRole("searchbox", { name: "Search for keys" }).fill("eu");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("button", { name: "Record eur" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Last good value").waitFor();
    const [newest, older] = await dialog.locator(".generation").all();
    const [a, b] = [await newest?.boundingBox(), await older?.boundingBox()];
    expect(a?.y).toBe(b?.y);
    expect(await dialog.locator(".differs").allInnerTexts()).toEqual(["  sell: 3", "  sell: 2"]);
    expect(await dialog.getByRole("button").allInnerTexts()).toEqual(["✕"]);
  });

  it("an action asks first, and then does it: delete and restore", async () => {
    const setting = setUp();
    const { datastore, clock } = setting;
    await datastore.get("eur", () => "good", "1m");
    clock.advance(2 * MINUTE);
    await datastore.get("eur", () => "bad", "1m");
    const { page } = await open(setting, { actions: true });
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("button", { name: "Record eur" }).click();
    await page.getByRole("button", { name: "Restore" }).click();
    expect((await datastore.peekBackup("eur"))?.value).toBe("bad");
    await page.getByRole("button", { name: "Sure? Restore" }).click();
    await page.getByText("Restored. The next get starts from it.").waitFor();
    expect((await datastore.peekBackup("eur"))?.value).toBe("good");
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Sure? Delete" }).click();
    await page.getByText("Deleted, from cache and backup.").waitFor();
    expect(await datastore.peekBackup("eur")).toBeUndefined();
  });

  it("a load again that fails says why, and a key in a namespace is reached", async () => {
    const setting = setUp();
    await setting.datastore.namespace("feeds").set("news", "old");
    const keys: string[] = [];
    const load = (key: string): Promise<never> => (keys.push(key), Promise.reject(new Error("still down")));
    const { page } = await open(setting, { actions: true, load });
    await page.getByRole("button", { name: "Search" }).click();
    await page.locator("#records").getByRole("button", { name: "Record" }).click();
    await page.getByRole("button", { name: "Load again" }).click();
    await page.getByRole("button", { name: "Sure? Load again" }).click();
    await page.getByText("still down").waitFor();
    expect(keys).toEqual(["feeds\0news"]);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Sure? Delete" }).click();
    await page.getByText("Deleted, from cache and backup.").waitFor();
    expect(await setting.datastore.namespace("feeds").peekBackup("news")).toBeUndefined();
  });

  it("ten thousand keys are paged and filtered", async () => {
    const setting = setUp();
    await inOutage(setting, Array.from({ length: 10_000 }, (_, index) => `product:${index}`));
    const { page } = await open(setting);
    expect(await page.locator("#fallback tbody tr").count()).toBe(50);
    expect(await page.locator("#range").innerText()).toBe("1 to 50 of 10,000");
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByText("51 to 100 of 10,000").waitFor();
    await page.getByRole("searchbox", { name: "Filter these keys" }).fill("product:123");
    await expect.poll(() => page.locator("#fallback tbody tr").count()).toBe(11);
    await page.getByRole("searchbox", { name: "Filter these keys" }).fill("nothing like it");
    await page.getByText("No key matches").waitFor();
  });

  it("the page says so when its server does not answer, and when it does again", async () => {
    let isDown = false;
    const handler = consoleHandler(setUp().datastore);
    const origin = await served(async (request) => (isDown ? new Response("bad gateway", { status: 502 }) : handler(request)));
    const { page } = await openAt(origin);
    isDown = true;
    await page.getByRole("alert").getByText("The server does not answer").waitFor();
    isDown = false;
    await page.getByRole("alert").waitFor({ state: "hidden" });
  });

  it("Live can be turned off, and then nothing is asked any more", async () => {
    const { page, asked } = await open(setUp());
    await page.getByRole("button", { name: "Live" }).click();
    const before = asked.length;
    await page.waitForTimeout(2_500);
    expect(asked.length).toBe(before);
  });
});

describe("what a person does by keyboard", () => {
  it("slash leads to the search, Enter searches and opens a record, Escape closes it, and the focus is where it was", async () => {
    const setting = setUp();
    await setting.datastore.set("eur", "value");
    const { page } = await open(setting);
    await page.keyboard.press("/");
    await page.keyboard.type("eur");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Record eur" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    const focused = (): Promise<string | null> => page.evaluate("document.activeElement.getAttribute('aria-label')");
    expect(await focused()).toBe("Record eur");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByText("Last good value").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    expect(await focused()).toBe("Record eur");
  });

  it("an action is done by keyboard alone, and leaving the button takes the question back", async () => {
    const setting = setUp();
    await setting.datastore.set("eur", "value");
    const { page } = await open(setting, { actions: true });
    await page.getByRole("button", { name: "Search" }).press("Enter");
    await page.getByRole("button", { name: "Record eur" }).press("Enter");
    await page.getByRole("button", { name: "Delete" }).press("Enter");
    await page.keyboard.press("Tab");
    expect(await page.getByRole("button", { name: "Sure? Delete" }).count()).toBe(0);
    await page.getByRole("button", { name: "Delete" }).press("Space");
    await page.keyboard.press("Space");
    await page.getByText("Deleted, from cache and backup.").waitFor();
    expect(await setting.datastore.peekBackup("eur")).toBeUndefined();
  });

  it("the first stop is a link past the head of the page", async () => {
    const { page } = await open(setUp());
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
  });
});

describe("hostile keys, errors and values", () => {
  it("hostile keys and errors are text: nothing runs, nothing is asked of anybody, and unseen characters are named", async () => {
    const setting = setUp({ name: "<b>rates</b>" });
    await inOutage(setting, HOSTILE, (key) => new Error(`</script><img src=//evil.test/x onerror=alert(1)> ${key.slice(0, 300)}`, { cause: new Error("<b>cause</b>") }));
    const { page, origin, complaints, asked } = await open(setting, { actions: true });
    await page.getByRole("button", { name: "Search" }).click();
    await page.locator("#records tbody tr").nth(HOSTILE.length - 1).waitFor();
    expect(await page.locator("main img, main script, main b").count()).toBe(0);
    expect(await page.title()).toBe("(10) <b>rates</b> · lastgood");
    for (const name of ["U+202E", "NUL", "↵", "U+D800", "empty"]) expect(await page.locator("#fallback .ctl", { hasText: name }).count(), name).toBeGreaterThan(0);
    expect(await page.locator("#fallback .key", { hasText: "👩‍👩‍👧 family" }).count()).toBe(1);
    for (const button of await page.locator("#fallback").getByRole("button").all()) {
      await button.click();
      await page.getByRole("dialog").getByText("Last good value").waitFor();
      await page.keyboard.press("Escape");
    }
    expect(asked.filter((address) => !address.startsWith(origin) && address !== "data:,")).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it("the policy blocks what somebody might bring into the page: scripts, styles, images and requests elsewhere", async () => {
    const { page } = await open(setUp());
    const blocked = await page.evaluate(String.raw`(async () => {
      const blocked = [];
      document.addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
      const script = document.createElement("script");
      try { script.textContent = "document.title = 'pwned'"; document.body.append(script); } catch { blocked.push("script refused"); }
      try { document.body.insertAdjacentHTML("beforeend", "<b>html</b>"); } catch { blocked.push("html refused"); }
      const image = new Image(); image.src = "http://127.0.0.1:9/x.png"; document.body.append(image);
      const style = document.createElement("style"); style.textContent = "body { display: none }"; document.body.append(style);
      await fetch("http://127.0.0.1:9/").catch(() => {});
      const frame = document.createElement("iframe"); frame.src = "http://127.0.0.1:9/"; document.body.append(frame);
      await new Promise((resolve) => setTimeout(resolve, 200));
      return { blocked, title: document.title, html: document.querySelectorAll("body > b").length };
    })()`);
    expect(blocked).toMatchObject({ title: "rates · lastgood", html: 0 });
    expect((blocked as { blocked: string[] }).blocked).toEqual(expect.arrayContaining(["html refused", "img-src", "style-src-elem", "connect-src", "frame-src"]));
  });

  it("another page cannot put the console into a frame, nor read it, nor act on it", async () => {
    const setting = setUp();
    await setting.datastore.set("eur", "value");
    const origin = await served(consoleHandler(setting.datastore, { actions: true }));
    const other = await served(async () => new Response("<!doctype html><title>evil</title>", { headers: { "content-type": "text/html" } }));
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.goto(other);
    const read = `fetch(${JSON.stringify(`${origin}/`)}).then((answer) => answer.text())`;
    expect(await rejection(() => page.evaluate(read))).toBeDefined();
    const act = `fetch(${JSON.stringify(`${origin}/api/action`)}, { method: "POST", mode: "no-cors", body: JSON.stringify({ action: "delete", ref: "eur", key: "eur" }) }).then(() => "sent", () => "not sent")`;
    await page.evaluate(act);
    expect((await setting.datastore.peekBackup("eur"))?.value).toBe("value");
    const frames = await page.evaluate(`new Promise((resolve) => {
      const frame = document.createElement("iframe");
      frame.onload = () => { try { resolve(frame.contentDocument === null ? "closed" : "open"); } catch { resolve("closed"); } };
      frame.src = ${JSON.stringify(`${origin}/`)};
      document.body.append(frame);
    })`);
    expect(frames).toBe("closed");
    expect(await page.frames()[1]?.locator("#main").count().catch(() => 0)).toBe(0);
  });
});

describe("for everybody, on every screen", () => {
  const scenes: Readonly<Record<string, () => Promise<Setting>>> = {
    empty: async () => setUp(),
    outage: async () => {
      const setting = setUp();
      await inOutage(setting, ["eur", "usd"]);
      setting.datastore.on("backupFailed", () => {}); // a value that no backup can keep, of which the page tells
      await setting.datastore.get("function", () => ({ run: () => 1 }));
      return setting;
    },
    hostile: async () => {
      const setting = setUp({ name: "x".repeat(200) });
      await inOutage(setting, HOSTILE, (key) => new Error("e".repeat(900) + key));
      return setting;
    },
  };

  it.each(["light", "dark"] as const)("axe finds nothing serious in %s, on the page and in a record", async (colorScheme) => {
    const axe = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
    for (const scene of Object.values(scenes)) {
      // axe puts a script of its own into the page, which the policy would block.
      const { page } = await open(await scene(), { actions: true }, { colorScheme, bypassCSP: true });
      await page.getByRole("button", { name: "Search" }).click();
      await page.getByText(/found among/).waitFor();
      await page.evaluate(axe);
      const serious = async (): Promise<string[]> => {
        const { violations } = (await page.evaluate("axe.run()")) as { violations: Result[] }; // as axe documents it
        return violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" ")}`);
      };
      expect(await serious()).toEqual([]);
      const records = page.locator("#records").getByRole("button");
      if ((await records.count()) === 0) continue;
      await records.first().click();
      await page.getByRole("dialog").getByText("Last good value").waitFor();
      expect(await serious()).toEqual([]);
    }
  });

  it.each([1440, 768, 390, 320])("at a width of %d nothing sticks out at the side, on the page and in a record", async (width) => {
    for (const [name, scene] of Object.entries(scenes)) {
      const { page } = await open(await scene(), { actions: true }, { viewport: { width, height: 800 } });
      await page.getByRole("button", { name: "Search" }).click();
      await page.getByText(/found among/).waitFor();
      const overflow = (): Promise<number> => page.evaluate("Math.max(...[document.documentElement, ...document.querySelectorAll('dialog[open]')].map((one) => one.scrollWidth - one.clientWidth))");
      expect(await overflow(), name).toBeLessThanOrEqual(0);
      const records = page.locator("#records").getByRole("button");
      if ((await records.count()) === 0) continue;
      await records.first().click();
      await page.getByRole("dialog").getByText("Last good value").waitFor();
      expect(await overflow(), name).toBeLessThanOrEqual(0);
    }
  });
});
