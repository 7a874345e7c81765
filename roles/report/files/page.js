// Copyright (c) 2026, chatapp.cams contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
"use strict";
(() => {
  const PAGE = 100;
  const QUALITIES = { GREEN: "●", YELLOW: "▲", RED: "■" };
  const find = (selector) => document.querySelector(selector);
  const root = document.documentElement;

  // --- theme ---

  const theme = find("#theme");
  // A browser may forbid storage for files; then the choice lasts as long as the page.
  const remember = (value) => { try { localStorage.setItem("cams-theme", value); } catch { /* see above */ } };
  const remembered = () => { try { return localStorage.getItem("cams-theme") || ""; } catch { return ""; } };
  const wear = (value) => { if (value) root.dataset.theme = value; else delete root.dataset.theme; };
  theme.parentElement.hidden = false;
  theme.value = remembered();
  wear(theme.value);
  theme.addEventListener("change", () => { wear(theme.value); remember(theme.value); });

  // --- numbers ---

  const table = find("#rows");
  if (!table) return;
  const rows = JSON.parse(find("#data").textContent);
  for (const row of rows) {
    const timeline = row.timeline.map((event) => event.join(" "));
    row.text = [row.number, row.host, row.space, row.name, row.phase, row.told, row.quality, row.tier, row.next,
      row.details, ...row.requests, ...timeline].join("\n").toLowerCase();
  }
  const body = table.tBodies[0];
  const filter = find("#filter");
  const more = find("#more");
  const all = find("#all");
  const tiles = [...document.querySelectorAll(".tile")];
  const opened = new Set();
  const state = { outcome: "", key: "", descending: false, limit: PAGE };
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  let chosen = rows;

  const orders = {
    age: (one, other) => one.seconds - other.seconds,
    outcome: (one, other) => one.rank - other.rank,
  };
  const isMissing = (row) => (state.key === "age" ? row.seconds === null : row[state.key] === "");

  function choose() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    chosen = rows.filter((row) => (!state.outcome || row.outcome === state.outcome)
      && words.every((word) => row.text.includes(word)));
    if (!state.key) return;
    const order = orders[state.key] || ((one, other) => compare(one[state.key], other[state.key]));
    const sign = state.descending ? -1 : 1;
    // What is not known stands last, whichever way.
    chosen.sort((one, other) => isMissing(one) - isMissing(other) || sign * order(one, other) || one.rank - other.rank);
  }

  function make(name, className, ...children) {
    const element = document.createElement(name);
    if (className) element.className = className;
    // Text goes in as text: a name is never read as markup.
    element.append(...children);
    return element;
  }

  const foreign = (text) => make("bdi", "", text);

  function badge(quality) {
    if (!quality) return "";
    return make("span", "badge", QUALITIES[quality] ? `${QUALITIES[quality]} ` : "", quality);
  }

  function rowOf(row) {
    const button = make("button", "", foreign(row.number));
    button.type = "button";
    button.setAttribute("aria-expanded", String(opened.has(row.rank)));
    const head = make("th", "", button);
    head.scope = "row";
    const symbol = make("span", "symbol", row.symbol);
    symbol.setAttribute("aria-hidden", "true");
    const made = make("tr", row.outcome, head, make("td", "host", foreign(row.host)), make("td", "space", foreign(row.space)),
      make("td", "name", foreign(row.name)), make("td", "", row.phase), make("td", "age", row.age),
      make("td", "outcome", symbol, row.told), make("td", "", badge(row.quality), make("div", "", row.tier)),
      make("td", "next-action", foreign(row.next)), make("td", "requests", ...row.requests.map((id) => make("div", "", id))));
    button.addEventListener("click", () => toggle(row, made, button));
    return made;
  }

  function detailsOf(row) {
    const events = row.timeline.map(([when, what, request, who]) => make("li", "",
      make("span", "quiet", when), make("span", "", foreign(what)), make("span", "request", request), make("span", "quiet", foreign(who))));
    const cell = make("td", "", make("p", "", foreign(row.details)),
      events.length ? make("ol", "timeline", ...events) : make("p", "quiet", "The journal knows no step of this number."));
    cell.colSpan = table.tHead.rows[0].cells.length;
    return make("tr", "details", cell);
  }

  function toggle(row, made, button) {
    const open = !opened.has(row.rank);
    button.setAttribute("aria-expanded", String(open));
    if (open) {
      opened.add(row.rank);
      made.after(detailsOf(row));
    } else {
      opened.delete(row.rank);
      made.nextElementSibling.remove();
    }
  }

  function show() {
    const made = document.createDocumentFragment();
    for (const row of chosen.slice(0, state.limit)) {
      made.append(rowOf(row));
      if (opened.has(row.rank)) made.append(detailsOf(row));
    }
    body.replaceChildren(made);
    const left = chosen.length - state.limit;
    more.hidden = left <= 0;
    more.textContent = `Show ${Math.min(left, PAGE)} more of ${left}`;
    all.hidden = !state.outcome;
    const of = chosen.length === rows.length ? "" : ` of ${rows.length}`;
    find("#shown").textContent = `${chosen.length}${of} ${rows.length === 1 ? "number" : "numbers"}`;
  }

  function renew() {
    state.limit = PAGE;
    choose();
    show();
  }

  function pick(outcome) {
    state.outcome = outcome;
    for (const tile of tiles) tile.setAttribute("aria-pressed", String(tile.dataset.outcome === outcome));
    renew();
  }

  function sortBy(head) {
    state.descending = state.key === head.dataset.key && !state.descending;
    state.key = head.dataset.key;
    for (const other of table.querySelectorAll("[aria-sort]")) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
    renew();
  }

  filter.addEventListener("input", renew);
  for (const tile of tiles) {
    tile.addEventListener("click", () => pick(state.outcome === tile.dataset.outcome ? "" : tile.dataset.outcome));
  }
  all.addEventListener("click", () => { pick(""); filter.focus(); });
  for (const head of table.querySelectorAll("[aria-sort]")) {
    head.firstElementChild.addEventListener("click", () => sortBy(head));
  }
  more.addEventListener("click", () => {
    const place = state.limit;
    state.limit += PAGE;
    show();
    // The keyboard goes on where the new rows begin.
    body.querySelectorAll("tr:not(.details)")[place]?.querySelector("button").focus();
  });
  // Paper has no button for more.
  addEventListener("beforeprint", () => { state.printed = state.limit; state.limit = chosen.length; show(); });
  addEventListener("afterprint", () => { state.limit = state.printed; show(); });

  find(".controls").hidden = false;
  table.hidden = false;
  renew();
})();
