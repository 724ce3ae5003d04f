import { createHash } from "node:crypto";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

/** Nothing runs, and nothing is asked of anybody, but what is in the page and its own server. */
const POLICY = [
  "default-src 'none'",
  `script-src '${hashOf(SCRIPT)}'`,
  `style-src '${hashOf(STYLE)}'`,
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Headers of every answer. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
};

/** `token`: there if actions are allowed. */
export function pageOf({ name, token, canLoad }: { readonly name: string | undefined; readonly token: string | undefined; readonly canLoad: boolean }): string {
  const title = name === undefined ? "lastgood" : `${escaped(name)} · lastgood`;
  return `<!doctype html>
<html lang="en" data-token="${token ?? ""}" data-can-load="${canLoad && token !== undefined}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
  <h1><span class="brand">lastgood</span>${name === undefined ? "" : ` <bdi class="name">${escaped(name)}</bdi>`}</h1>
  <p id="status" class="pill" role="status">…</p>
  <span class="space"></span>
  <span class="mode">${token === undefined ? "read-only" : "actions allowed"}</span>
  <button id="live" type="button" aria-pressed="true"><span class="dot" aria-hidden="true"></span>Live</button>
</header>
<p id="trouble" class="trouble" role="alert" hidden></p>
<main id="main" tabindex="-1">
  <dl id="tiles" class="tiles"></dl>
  <section aria-labelledby="fallback-title">
    <div class="bar">
      <h2 id="fallback-title">Served from backup now</h2>
      <label class="field" id="filter-field" hidden><span class="sr">Filter these keys</span><input id="filter" type="search" placeholder="Filter keys" autocomplete="off" spellcheck="false"></label>
    </div>
    <div id="fallback" class="card"></div>
    <div id="pager" class="pager" hidden><button type="button" id="earlier">Previous</button><span id="range"></span><button type="button" id="later">Next</button></div>
  </section>
  <section aria-labelledby="hour-title">
    <h2 id="hour-title">The last hour</h2>
    <div id="plots" class="plots"></div>
  </section>
  <section aria-labelledby="stores-title">
    <h2 id="stores-title">Stores</h2>
    <div id="stores" class="stores"></div>
  </section>
  <section id="unprotected" aria-labelledby="unprotected-title" hidden>
    <h2 id="unprotected-title">Values that no backup can keep</h2>
    <div id="unprotected-list" class="card"></div>
  </section>
  <section aria-labelledby="records-title">
    <h2 id="records-title">Records</h2>
    <form id="search-form" class="bar search" role="search">
      <label class="field grow"><span class="sr">Search for keys that contain</span><input id="search" type="search" placeholder="Part of a key, or nothing for all" autocomplete="off" spellcheck="false"></label>
      <button type="submit" class="primary">Search</button>
    </form>
    <p id="found" class="note" role="status"></p>
    <div id="records" class="card" hidden></div>
  </section>
</main>
<dialog id="record" aria-labelledby="record-key">
  <div class="dialog-head"><h2 id="record-key" class="key"></h2><button type="button" id="close" aria-label="Close">✕</button></div>
  <p id="record-note" class="note" role="status"></p>
  <div id="record-actions" class="actions"></div>
  <div id="generations" class="generations"></div>
</dialog>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "").replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
