/** What runs in the page. Every text goes in as text: there is no innerHTML, and the policy would not let it be. */
export const SCRIPT: string = String.raw`
(() => {
  "use strict";
  const REFRESH = 2000;
  const root = document.documentElement;
  const token = root.dataset.token;
  const canLoad = root.dataset.canLoad === "true";
  const base = location.pathname.replace(/\/*$/, "/");
  const byId = (id) => document.getElementById(id);
  const view = { offset: 0, filter: "", isLive: true, timer: 0, ref: undefined, key: "" };

  // Elements and texts.

  function make(tag, className, ...children) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children);
    return element;
  }

  // Characters that nobody sees, or that turn the text around them, are named. A joiner within an emoji is neither.
  const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Cs}|(?<!\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)\u200d/gu;
  function nameOf(character) {
    const code = character.codePointAt(0);
    return code === 0 ? "NUL" : code === 10 ? "↵" : "U+" + code.toString(16).toUpperCase().padStart(4, "0");
  }
  function visible(text) {
    const parts = [];
    let end = 0;
    for (const match of text.matchAll(UNSEEN)) {
      if (match.index > end) parts.push(text.slice(end, match.index));
      parts.push(make("span", "ctl", nameOf(match[0])));
      end = match.index + match[0].length;
    }
    if (end < text.length) parts.push(text.slice(end));
    return parts.length === 0 ? [make("span", "ctl", "empty")] : parts;
  }
  function keyText(key) {
    const element = make("bdi", "key", ...visible(key));
    element.dir = "ltr";
    return element;
  }
  function safe(text) {
    const element = make("bdi", "text", ...visible(text));
    element.dir = "auto";
    return element;
  }

  function duration(ms) {
    const units = [[86400000, "d"], [3600000, "h"], [60000, "min"], [1000, "s"]];
    const value = Math.max(0, ms);
    if (value < 1000) return Math.round(value) + " ms";
    const at = units.findIndex(([size]) => value >= size);
    const [size, name] = units[at];
    const whole = Math.floor(value / size);
    const next = units[at + 1];
    const rest = next === undefined || whole >= 10 ? 0 : Math.floor((value % size) / next[0]);
    return whole + " " + name + (rest > 0 ? " " + rest + " " + next[1] : "");
  }
  function clock(ms) {
    const time = new Date(ms);
    const options = time.toDateString() === new Date().toDateString() ? { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } : { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    return time.toLocaleString(undefined, options);
  }
  function timeOf(ms, text) {
    const element = make("time", "", text);
    if (Number.isFinite(ms) && Math.abs(ms) < 8e15) {
      element.dateTime = new Date(ms).toISOString();
      element.title = new Date(ms).toLocaleString();
    }
    return element;
  }
  function count(number) {
    return number.toLocaleString();
  }
  function bytes(size) {
    if (size < 1000) return size + " B";
    return size < 1e6 ? (size / 1000).toFixed(1) + " kB" : (size / 1e6).toFixed(1) + " MB";
  }
  function pill(text, kind) {
    return make("span", "pill " + kind, text);
  }

  // Errors, with their causes.

  function causesOf(error, depth) {
    const list = [];
    for (const cause of [error.cause].concat(error.errors || [])) {
      if (!cause || depth > 6) continue;
      list.push(cause, ...causesOf(cause, depth + 1));
    }
    return list;
  }
  function headline(error) {
    if (error === null || error === undefined) return "no reason is known";
    if (typeof error !== "object") return String(error);
    const name = error.name && error.name !== "Error" ? error.name + ": " : "";
    return name + (error.message === undefined ? JSON.stringify(error) : String(error.message));
  }
  function why(error, isOpen) {
    const box = make("div", "why", safe(headline(error)));
    if (error && error.code !== undefined) box.append(make("span", "code", ...visible(String(error.code))));
    const causes = error && typeof error === "object" ? causesOf(error, 0) : [];
    if (causes.length > 0) {
      const details = make("details", "", make("summary", "", causes.length === 1 ? "Cause" : causes.length + " causes"));
      const list = make("ul", "causes");
      for (const cause of causes) {
        const item = make("li", "", safe(headline(cause)));
        if (cause.code !== undefined) item.append(" ", make("span", "code", ...visible(String(cause.code))));
        list.append(item);
      }
      details.append(list);
      details.open = isOpen;
      box.append(details);
    }
    return box;
  }

  // Tables: rows stay, so that focus and open details stay as well.

  function table(box, columns) {
    const head = make("tr", "");
    for (const column of columns) {
      const cell = make("th", column.className || "", column.title === "" ? make("span", "sr", "Actions") : column.title);
      cell.scope = "col";
      head.append(cell);
    }
    const body = make("tbody", "");
    box.replaceChildren(make("table", "cards", make("thead", "", head), body));
    const rows = new Map();
    return (items) => {
      const seen = new Set();
      items.forEach((item, index) => {
        seen.add(item.ref);
        let row = rows.get(item.ref);
        if (!row) {
          row = { element: make("tr", ""), cells: columns.map(() => ({ was: undefined })) };
          rows.set(item.ref, row);
          columns.forEach((column, at) => {
            const cell = make("td", column.cell || column.className || "");
            cell.dataset.label = column.title;
            row.cells[at].element = cell;
            row.element.append(cell);
          });
        }
        columns.forEach((column, at) => {
          const state = column.state(item);
          const cell = row.cells[at];
          if (cell.was === state) return;
          const details = cell.element.querySelector("details");
          cell.element.replaceChildren(column.show(item, details !== null && details.open));
          cell.was = state;
        });
        if (body.children[index] !== row.element) body.insertBefore(row.element, body.children[index] || null);
      });
      for (const [ref, row] of rows) {
        if (seen.has(ref)) continue;
        row.element.remove();
        rows.delete(ref);
      }
    };
  }
  function opener(item, label) {
    const button = make("button", "", label);
    button.type = "button";
    button.setAttribute("aria-label", label + " " + item.key.slice(0, 80));
    button.addEventListener("click", () => openRecord(item.ref, item.key));
    return button;
  }

  let now = Date.now();
  const retry = (item) => (item.until === undefined ? "with the next get" : item.until <= now ? "with the next get" : "in " + duration(item.until - now));
  const FALLBACK = [
    { title: "Key", className: "c-key", cell: "wide", state: (item) => item.key, show: (item) => keyText(item.key) },
    { title: "Why", cell: "wide", state: (item) => JSON.stringify(item.error), show: (item, isOpen) => why(item.error, isOpen) },
    { title: "Since", className: "c-num", state: (item) => clock(item.since), show: (item) => timeOf(item.since, clock(item.since)) },
    { title: "Age of value", className: "num c-num", state: (item) => duration(item.age), show: (item) => make("span", "", duration(item.age)) },
    { title: "Failures", className: "num c-num", state: (item) => item.failures, show: (item) => make("span", "", count(item.failures)) },
    { title: "Tried again", className: "c-time", state: retry, show: (item) => make("span", "", retry(item)) },
    { title: "", className: "c-do", cell: "do", state: () => "", show: (item) => opener(item, "Record") },
  ];
  const RECORDS = [
    { title: "Key", cell: "wide", state: (item) => item.key, show: (item) => keyText(item.key) },
    { title: "Loaded", className: "c-time", state: (item) => item.loadedAt, show: (item) => timeOf(item.loadedAt, duration(now - item.loadedAt) + " ago") },
    { title: "Last used", className: "c-time", state: (item) => item.usedAt, show: (item) => timeOf(item.usedAt, duration(now - item.usedAt) + " ago") },
    { title: "Size", className: "num c-num", state: (item) => item.size, show: (item) => make("span", "", bytes(item.size)) },
    { title: "", className: "c-do", cell: "do", state: () => "", show: (item) => opener(item, "Record") },
  ];
  const UNPROTECTED = [
    { title: "Key", className: "c-key", cell: "wide", state: (item) => item.key, show: (item) => keyText(item.key) },
    { title: "Why", cell: "wide", state: (item) => item.reason, show: (item) => make("div", "why", safe(item.reason), make("span", "code", ...visible(item.path))) },
    { title: "Since", className: "c-num", state: (item) => item.since, show: (item) => timeOf(item.since, clock(item.since)) },
  ];

  function empty(box, title, text) {
    box.replaceChildren(make("div", "empty", make("strong", "", title), text));
  }

  // The parts of the page.

  let fillFallback;
  function showFallback(fallback) {
    const box = byId("fallback");
    byId("filter-field").hidden = fallback.total === 0;
    if (fallback.matching === 0) {
      fillFallback = undefined;
      if (fallback.total === 0) empty(box, "Nothing is served from backup", "Every key that was loaded last was loaded well.");
      else empty(box, "No key matches", count(fallback.total) + " keys are served from backup.");
    } else {
      if (fillFallback === undefined) fillFallback = table(box, FALLBACK);
      fillFallback(fallback.items);
    }
    view.offset = fallback.offset;
    const last = fallback.offset + fallback.items.length;
    byId("pager").hidden = fallback.matching <= fallback.items.length;
    byId("range").textContent = count(fallback.offset + 1) + " to " + count(last) + " of " + count(fallback.matching);
    byId("earlier").disabled = fallback.offset === 0;
    byId("later").disabled = last >= fallback.matching;
  }

  function showTiles(state) {
    const bad = state.stores.filter((store) => store.state !== "ok");
    const tiles = [
      ["Keys from backup", count(state.fallback.total), state.fallback.total > 0 ? "is-warn" : ""],
      ["Oldest value served", state.fallback.total > 0 ? duration(state.fallback.oldestAge) : "–", state.fallback.oldestAge > 3600000 ? "is-bad" : state.fallback.total > 0 ? "is-warn" : ""],
      ["Pending backup writes", count(state.pendingWrites), state.pendingWrites > 0 ? "is-bad" : ""],
      ["Stores", bad.length === 0 ? "all well" : bad.map((store) => store.role + " " + store.state).join(", "), bad.length === 0 ? "is-ok" : "is-bad"],
    ];
    byId("tiles").replaceChildren(...tiles.map(([title, value, kind]) => make("div", "tile " + kind, make("dt", "", title), make("dd", "", value))));
  }

  function showStatus(state) {
    const status = byId("status");
    const keys = state.fallback.total;
    const isIll = state.stores.some((store) => store.state !== "ok") || state.pendingWrites > 0;
    const text = state.isClosed ? "closed" : keys > 0 ? count(keys) + (keys === 1 ? " key" : " keys") + " from backup" : isIll ? "a store needs a look" : "all fresh";
    status.className = "pill " + (state.isClosed || (isIll && keys === 0) ? "bad" : keys > 0 ? "warn" : "ok");
    if (status.textContent !== text) status.textContent = text;
    document.title = (keys > 0 ? "(" + count(keys) + ") " : "") + title;
  }
  const title = document.title;

  function showStores(state) {
    const cards = state.stores.map((store) => {
      const kind = store.state === "ok" ? "ok" : store.state === "paused" ? "bad" : "warn";
      const card = make("article", "store", make("div", "top", make("h3", "", ...visible(store.name)), make("span", "role", store.role), make("span", "space"), pill(store.state, kind)));
      if (store.role === "backup") card.append(make("p", "more", state.pendingWrites === 0 ? "No write is pending." : count(state.pendingWrites) + " writes are pending: they failed, and are tried again."));
      if (store.state !== "ok") card.append(make("p", "more", count(store.failures) + (store.failures === 1 ? " call" : " calls") + " failed in a row, since ", timeOf(store.since, clock(store.since)), "."));
      if (store.error) card.append(why(store.error, true));
      return card;
    });
    const text = JSON.stringify([state.stores, state.pendingWrites]);
    if (view.stores === text) return;
    view.stores = text;
    byId("stores").replaceChildren(...cards);
  }

  let fillUnprotected;
  function showUnprotected(unprotected) {
    byId("unprotected").hidden = unprotected.total === 0;
    if (fillUnprotected === undefined) fillUnprotected = table(byId("unprotected-list"), UNPROTECTED);
    fillUnprotected(unprotected.items.map((item) => ({ ...item, ref: item.key })));
  }

  // Plots.

  function draw(name, attributes, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
    element.append(...children);
    return element;
  }
  function plot(title, values, options) {
    const most = Math.max(0, ...values);
    const top = most === 0 ? 1 : most;
    const width = 300, height = 96, step = width / values.length;
    const y = (value) => height - (value / top) * (height - 4);
    const svg = draw("svg", { viewBox: "0 0 " + width + " " + height, preserveAspectRatio: "none", role: "img", "aria-label": title + ", the last hour: " + options.sum + "; at most " + options.unit(most) + " in a minute" });
    svg.append(draw("line", { class: "axis", x1: 0, x2: width, y1: height - 0.5, y2: height - 0.5 }));
    svg.append(draw("line", { class: "axis", x1: 0, x2: width, y1: 3.5, y2: 3.5 }));
    const group = draw("g", { class: "bars" + (options.isWarning ? " is-warn" : "") });
    values.forEach((value, index) => {
      if (value > 0) group.append(draw("rect", { x: (index * step + 0.6).toFixed(2), y: Math.min(y(value), height - 2).toFixed(1), width: (step - 1.2).toFixed(2), height: Math.max(2, height - y(value)).toFixed(1), rx: 0.8 }));
    });
    svg.append(group);
    const ends = make("div", "ends", make("span", "", "1 h ago"), make("span", "", most === 0 ? "" : "top: " + options.unit(most)), make("span", "", "now"));
    ends.setAttribute("aria-hidden", "true");
    return make("div", "plot", make("div", "top", make("h3", "", title), make("span", "sum", options.sum)), svg, ends);
  }
  function showPlots(history) {
    const text = JSON.stringify(history);
    if (view.history === text) return;
    view.history = text;
    const total = (field) => history.reduce((sum, minute) => sum + minute[field], 0);
    const perMinute = (value) => count(value) + " a minute";
    const loads = total("loads");
    byId("plots").replaceChildren(
      plot("Hits", history.map(({ hits }) => hits), { sum: count(total("hits")), unit: perMinute }),
      plot("Loads", history.map(({ loads }) => loads), { sum: count(loads) + (total("failures") > 0 ? ", " + count(total("failures")) + " failed" : ""), unit: perMinute }),
      plot("Fallbacks", history.map(({ fallbacks }) => fallbacks), { sum: count(total("fallbacks")), unit: perMinute, isWarning: true }),
      plot("Load time", history.map((minute) => (minute.loads === 0 ? 0 : minute.loadTime / minute.loads)), { sum: loads === 0 ? "no load" : "mean " + duration(total("loadTime") / loads), unit: duration }),
    );
  }

  // Talking to the server.

  async function ask(path, options) {
    const response = await fetch(base + path, { cache: "no-store", ...options });
    const answer = await response.json();
    if (!response.ok && !answer.error) throw new Error("the server answered " + response.status);
    if (answer.error) throw answer.error;
    return answer;
  }
  function send(body) {
    return { method: "POST", headers: { "content-type": "application/vnd.lastgood+json", "x-lastgood-token": token }, body: JSON.stringify(body) };
  }
  function trouble(text) {
    const box = byId("trouble");
    box.hidden = text === "";
    if (box.textContent !== text) box.textContent = text;
  }
  let asked = 0;
  async function refresh() {
    clearTimeout(view.timer);
    const own = ++asked;
    try {
      const state = await ask("api/state?offset=" + view.offset + "&q=" + encodeURIComponent(view.filter.toWellFormed()));
      if (own !== asked) return;
      now = state.now;
      showStatus(state);
      showTiles(state);
      showFallback(state.fallback);
      showPlots(state.history);
      showStores(state);
      showUnprotected(state.unprotected);
      trouble("");
    } catch (error) {
      if (own === asked) trouble("The server does not answer. What is here may be out of date; it is tried again.");
    }
    if (own === asked && view.isLive && !document.hidden) view.timer = setTimeout(refresh, REFRESH);
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden && view.isLive) refresh(); });
  byId("live").addEventListener("click", () => {
    view.isLive = !view.isLive;
    byId("live").setAttribute("aria-pressed", String(view.isLive));
    if (view.isLive) refresh(); else clearTimeout(view.timer);
  });
  byId("filter").addEventListener("input", (event) => { view.filter = event.target.value; view.offset = 0; refresh(); });
  byId("earlier").addEventListener("click", () => { view.offset = Math.max(0, view.offset - 50); refresh(); });
  byId("later").addEventListener("click", () => { view.offset += 50; refresh(); });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, dialog") !== null;
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    byId("search").focus();
  });

  // Records.

  let fillRecords;
  async function search() {
    const found = byId("found");
    found.textContent = "Searching…";
    try {
      const { items, examined, isComplete, now: then } = await ask("api/records?q=" + encodeURIComponent(byId("search").value.toWellFormed()));
      now = then;
      const records = count(items.length) + (items.length === 1 ? " key" : " keys");
      found.textContent = records + " found among " + count(examined) + " records" + (isComplete ? "." : "; there are more. Search for a longer part of the key.");
      byId("records").hidden = items.length === 0;
      if (fillRecords === undefined) fillRecords = table(byId("records"), RECORDS);
      fillRecords(items);
    } catch (error) {
      found.textContent = "The search failed: " + headline(error);
    }
  }
  byId("search-form").addEventListener("submit", (event) => { event.preventDefault(); search(); });

  const dialog = byId("record");
  async function openRecord(ref, key) {
    view.ref = ref;
    view.key = key;
    byId("record-key").replaceChildren(...visible(key));
    byId("record-note").textContent = "Loading…";
    byId("record-actions").replaceChildren();
    byId("generations").replaceChildren();
    if (!dialog.open) dialog.showModal();
    await fillRecord("");
  }
  async function fillRecord(note) {
    const { ref } = view;
    try {
      const { generations, now: then } = await ask("api/record", send({ ref }));
      if (view.ref !== ref) return;
      now = then;
      byId("record-note").textContent = note || (generations.length === 0 ? "The backup has no record of this key." : "");
      byId("generations").replaceChildren(...generations.map((one, index) => generation(one, index, generations)));
      if (token) byId("record-actions").replaceChildren(...actions());
    } catch (error) {
      byId("record-note").textContent = "The record could not be read: " + headline(error);
    }
  }
  function generation(one, index, all) {
    const head = make("div", "top", make("h3", "", index === 0 ? "Last good value" : index === 1 ? "The one before" : "Generation " + (index + 1)), make("span", "space"));
    if (one.problem) head.append(pill(one.problem, "bad"));
    else if (one.deleted) head.append(pill("deleted", "warn"));
    else if (token && index > 0) head.append(button("Restore", { action: "restore", stamp: one.stamp }, "Restored. The next get starts from it."));
    const facts = make("dl", "");
    const fact = (name, ...value) => facts.append(make("dt", "", name), make("dd", "", ...value));
    if (one.loadedAt !== undefined) fact(one.deleted ? "Deleted" : "Loaded", timeOf(one.loadedAt, new Date(one.loadedAt).toLocaleString() + ", " + duration(now - one.loadedAt) + " ago"));
    fact("Size", bytes(one.size));
    if (one.codec !== undefined) fact("Codec", ...visible(one.codec));
    for (const [name, value] of Object.entries(one.metadata || {})) fact("Meta", ...visible(name + ": " + value));
    const card = make("article", "generation", head, facts);
    if (one.value !== undefined) card.append(valueOf(one.value, all.filter((other) => other !== one && other.value !== undefined).map(({ value }) => value)));
    return card;
  }
  function valueOf(text, others) {
    const known = new Set(others.flatMap((other) => other.split("\n")));
    const pre = make("pre", "");
    pre.tabIndex = 0;
    pre.setAttribute("aria-label", "Value");
    for (const line of text.split("\n")) {
      const isNew = others.length > 0 && !known.has(line);
      pre.append(make("span", isNew ? "differs" : "same", ...(line === "" ? ["\u00a0"] : visible(line))));
    }
    return pre;
  }

  // Actions: the first press asks, the second does.

  function actions() {
    const buttons = [button("Expire", { action: "expire" }, "Expired. The next get loads.")];
    if (canLoad) buttons.push(button("Load again", { action: "load" }, "Loaded again."));
    buttons.push(button("Delete", { action: "delete" }, "Deleted, from cache and backup.", "danger"));
    return buttons;
  }
  function button(label, order, done, kind) {
    const element = make("button", kind || "", label);
    element.type = "button";
    let isSure = false;
    const reset = () => { isSure = false; element.textContent = label; element.classList.remove("sure"); };
    element.addEventListener("blur", reset);
    element.addEventListener("click", async () => {
      if (!isSure) {
        isSure = true;
        element.textContent = "Sure? " + label;
        element.classList.add("sure");
        return;
      }
      reset();
      await carryOut({ ...order, ref: view.ref, key: view.key }, done);
    });
    return element;
  }
  async function carryOut(order, done) {
    const note = byId("record-note");
    note.textContent = "…";
    try {
      await ask("api/action", send(order));
      await fillRecord(done);
      refresh();
    } catch (error) {
      note.textContent = "That failed, and " + (order.action === "load" ? "the last good value stands in: " : "nothing may have changed: ") + headline(error);
    }
    byId("close").focus();
  }
  byId("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => { view.ref = undefined; });

  refresh();
})();
`;
