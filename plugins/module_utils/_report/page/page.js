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
  // A browser may forbid storage for local files. Then the choice is lost when the page is closed.
  const saveTheme = (value) => { try { localStorage.setItem("cams-theme", value); } catch { /* see above */ } };
  const savedTheme = () => { try { return localStorage.getItem("cams-theme") || ""; } catch { return ""; } };
  const applyTheme = (value) => { if (value) root.dataset.theme = value; else delete root.dataset.theme; };
  theme.parentElement.hidden = false;
  theme.value = savedTheme();
  applyTheme(theme.value);
  theme.addEventListener("change", () => { applyTheme(theme.value); saveTheme(theme.value); });

  // --- numbers ---

  const table = find("#rows");
  if (!table) return;
  const rows = JSON.parse(find("#data").textContent);
  for (const row of rows) {
    const timeline = row.timeline.map((event) => event.join(" "));
    row.text = [row.number, row.host, row.space, row.name, row.phase, row.outcome_text, row.quality, row.tier, row.next,
      row.details, ...row.requests, ...timeline].join("\n").toLowerCase();
  }
  const body = table.tBodies[0];
  const filter = find("#filter");
  const more = find("#more");
  const showAll = find("#all");
  const tiles = [...document.querySelectorAll(".tile")];
  const opened = new Set();
  const state = { outcome: "", key: "", descending: false, limit: PAGE };
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  let matching = rows;

  const orders = {
    age: (one, other) => one.seconds - other.seconds,
    outcome: (one, other) => one.rank - other.rank,
  };
  const isMissing = (row) => (state.key === "age" ? row.seconds === null : row[state.key] === "");

  function filterAndSort() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    matching = rows.filter((row) => (!state.outcome || row.outcome === state.outcome)
      && words.every((word) => row.text.includes(word)));
    if (!state.key) return;
    const order = orders[state.key] || ((one, other) => compare(one[state.key], other[state.key]));
    const sign = state.descending ? -1 : 1;
    // Missing values come last in both directions.
    matching.sort((one, other) => isMissing(one) - isMissing(other) || sign * order(one, other) || one.rank - other.rank);
  }

  function element(name, className, ...children) {
    const made = document.createElement(name);
    if (className) made.className = className;
    // Strings are appended as text, so markup in a name has no effect.
    made.append(...children);
    return made;
  }

  // Isolates the direction of text that may be in any language.
  const isolated = (text) => element("bdi", "", text);

  function badge(quality) {
    if (!quality) return "";
    return element("span", "badge", QUALITIES[quality] ? `${QUALITIES[quality]} ` : "", quality);
  }

  function tableRow(row) {
    const button = element("button", "", isolated(row.number));
    button.type = "button";
    button.setAttribute("aria-expanded", String(opened.has(row.rank)));
    const head = element("th", "", button);
    head.scope = "row";
    const symbol = element("span", "symbol", row.symbol);
    symbol.setAttribute("aria-hidden", "true");
    const made = element("tr", row.outcome, head, element("td", "host", isolated(row.host)), element("td", "space", isolated(row.space)),
      element("td", "name", isolated(row.name)), element("td", "", row.phase), element("td", "age", row.age),
      element("td", "outcome", symbol, row.outcome_text), element("td", "", badge(row.quality), element("div", "", row.tier)),
      element("td", "next-action", isolated(row.next)), element("td", "requests", ...row.requests.map((id) => element("div", "", id))));
    button.addEventListener("click", () => toggle(row, made, button));
    return made;
  }

  function detailsRow(row) {
    const events = row.timeline.map(([when, what, request, who]) => element("li", "",
      element("span", "quiet", when), element("span", "", isolated(what)), element("span", "request", request), element("span", "quiet", isolated(who))));
    const cell = element("td", "", element("p", "", isolated(row.details)),
      events.length ? element("ol", "timeline", ...events) : element("p", "quiet", "The journal has no steps of this number."));
    cell.colSpan = table.tHead.rows[0].cells.length;
    return element("tr", "details", cell);
  }

  function toggle(row, made, button) {
    const open = !opened.has(row.rank);
    button.setAttribute("aria-expanded", String(open));
    if (open) {
      opened.add(row.rank);
      made.after(detailsRow(row));
    } else {
      opened.delete(row.rank);
      made.nextElementSibling.remove();
    }
  }

  function draw() {
    const made = document.createDocumentFragment();
    for (const row of matching.slice(0, state.limit)) {
      made.append(tableRow(row));
      if (opened.has(row.rank)) made.append(detailsRow(row));
    }
    body.replaceChildren(made);
    const left = matching.length - state.limit;
    more.hidden = left <= 0;
    more.textContent = `Show ${Math.min(left, PAGE)} more of ${left}`;
    showAll.hidden = !state.outcome;
    const of = matching.length === rows.length ? "" : ` of ${rows.length}`;
    find("#shown").textContent = `${matching.length}${of} ${rows.length === 1 ? "number" : "numbers"}`;
  }

  function update() {
    state.limit = PAGE;
    filterAndSort();
    draw();
  }

  function selectOutcome(outcome) {
    state.outcome = outcome;
    for (const tile of tiles) tile.setAttribute("aria-pressed", String(tile.dataset.outcome === outcome));
    update();
  }

  function sortBy(head) {
    state.descending = state.key === head.dataset.key && !state.descending;
    state.key = head.dataset.key;
    for (const other of table.querySelectorAll("[aria-sort]")) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
    update();
  }

  filter.addEventListener("input", update);
  for (const tile of tiles) {
    tile.addEventListener("click", () => selectOutcome(state.outcome === tile.dataset.outcome ? "" : tile.dataset.outcome));
  }
  showAll.addEventListener("click", () => { selectOutcome(""); filter.focus(); });
  for (const head of table.querySelectorAll("[aria-sort]")) {
    head.firstElementChild.addEventListener("click", () => sortBy(head));
  }
  more.addEventListener("click", () => {
    const place = state.limit;
    state.limit += PAGE;
    draw();
    // Move the keyboard focus to the first new row.
    body.querySelectorAll("tr:not(.details)")[place]?.querySelector("button").focus();
  });
  // Print all rows.
  addEventListener("beforeprint", () => { state.limitBeforePrint = state.limit; state.limit = matching.length; draw(); });
  addEventListener("afterprint", () => { state.limit = state.limitBeforePrint; draw(); });

  find(".controls").hidden = false;
  table.hidden = false;
  update();
})();
