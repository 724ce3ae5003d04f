import { chromium } from "playwright-core";

/** Debian's, which services/chromium.json names. As root it has no sandbox of its own, and the page is ours. */
const LAUNCH = { executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] };

const SIZES = [
  { name: "console.png", viewport: { width: 1440, height: 900 } },
  { name: "console-phone.png", viewport: { width: 390, height: 844 } },
];

/** Pictures of the console as it is now. @param {string} url @returns {Promise<Map<string, Buffer>>} By the name of their file. */
export async function pictures(url) {
  const browser = await chromium.launch(LAUNCH);
  try {
    /** @type {Map<string, Buffer>} */
    const taken = new Map();
    for (const { name, viewport } of SIZES) {
      const page = await browser.newPage({ viewport, colorScheme: "light" });
      await page.goto(url);
      await page.locator(".plot").first().waitFor();
      taken.set(name, await page.screenshot());
    }
    return taken;
  } finally {
    await browser.close();
  }
}
