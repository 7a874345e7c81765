// Copyright (c) 2026, chatapp.cams contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
"use strict";
(() => {
  const PAGE = 100;
  const MOST_CHIPS = 10;
  const FACETS = [["outcome", "Outcome"], ["phase", "Phase"], ["quality", "Quality"], ["space", "Space"]];
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
  const search = find("#filter");
  const more = find("#more");
  const showAll = find("#all");
  const opened = new Set();
  // Each filter has the value that a row must have.
  const filters = new Map();
  const state = { key: "", descending: false, limit: PAGE };
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  let matching = rows;

  const orders = {
    age: (one, other) => one.seconds - other.seconds,
    outcome: (one, other) => one.rank - other.rank,
  };
  const isMissing = (row) => (state.key === "age" ? row.seconds === null : row[state.key] === "");

  function filterAndSort() {
    const left = rows.filter((row) => [...filters].every(([key, value]) => String(row[key]) === value));
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    matching = left.filter((row) => words.every((word) => row.text.includes(word)));
    if (!matching.length) matching = findPhoneNumber(left, search.value);
    if (!state.key) return;
    const order = orders[state.key] || ((one, other) => compare(one[state.key], other[state.key]));
    const sign = state.descending ? -1 : 1;
    // Missing values come last in both directions.
    matching.sort((one, other) => isMissing(one) - isMissing(other) || sign * order(one, other) || one.rank - other.rank);
  }

  // Returns the rows of a phone number in any spelling. Of a masked number the page has only the country code and the
  // last digits, and compares these. So the page cannot reveal a number to somebody who tries all numbers.
  function findPhoneNumber(among, pasted) {
    const text = pasted.normalize("NFKC").replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "").trim()
      .replace(/^(tel:|whatsapp:|https?:\/\/wa\.me\/)/i, "").replace("(0)", "");
    const digits = text.replace(/[^0-9]/g, "");
    if (digits.length < 7 || !/^[+0-9\s().\/\-\u2010-\u2015]+$/.test(text)) return [];
    const international = /^\(?(\+|00)/.test(text);
    const written = digits.replace(/^0+/, "");
    const isSame = (row) => {
      const [start, end] = row.number.slice(1).split("…");
      if (end !== undefined) return written.endsWith(end) && (!international || written.startsWith(start));
      return start === written || usualSpelling(start) === usualSpelling(written) || (!international && start.endsWith(written));
    };
    return among.filter(isSame);
  }

  // Removes the digit that people of Mexico, Argentina and Brazil write or leave out.
  function usualSpelling(digits) {
    return digits.replace(/^521(\d{10})$/, "52$1").replace(/^549(\d{10})$/, "54$1").replace(/^55(\d\d)9([6-9]\d{7})$/, "55$1$2");
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
  const counted = (count) => `${count} ${count === 1 ? "number" : "numbers"}`;

  function badge(quality) {
    if (!quality) return "";
    return element("span", quality === "RED" ? "badge RED" : "badge", QUALITIES[quality] ? `${QUALITIES[quality]} ` : "", quality);
  }

  function tableRow(row) {
    const button = element("button", "", isolated(row.number));
    button.type = "button";
    button.setAttribute("aria-expanded", String(opened.has(row.rank)));
    const head = element("th", "number", button);
    head.scope = "row";
    const symbol = element("span", "symbol", row.symbol);
    symbol.setAttribute("aria-hidden", "true");
    const made = element("tr", row.danger ? `${row.outcome} danger` : row.outcome, head, element("td", "outcome", symbol, row.outcome_text),
      element("td", "next", isolated(row.next)), element("td", "host", isolated(row.host)), element("td", "name", isolated(row.name)),
      element("td", "quality", badge(row.quality), element("div", "", row.tier)), element("td", "phase", row.phase),
      element("td", "age", row.age), element("td", "space", isolated(row.space)));
    made.id = `n${row.rank}`;
    button.addEventListener("click", () => toggle(row, made, button));
    return made;
  }

  function detailsRow(row) {
    const events = row.timeline.map(([when, what, , who]) => element("li", "",
      element("span", "quiet", when), element("span", "", isolated(what)), element("span", "quiet", isolated(who))));
    const cell = element("td", "", element("p", "", isolated(row.details)),
      events.length ? element("ol", "timeline", ...events) : element("p", "quiet", "The journal has no steps of this number."), requestIds(row));
    cell.colSpan = table.tHead.rows[0].cells.length;
    return element("tr", "details", cell);
  }

  function requestIds(row) {
    const found = row.timeline.filter((event) => event[2]).map(([when, what, id]) => `${when} ${what} ${id}`);
    const others = row.requests.filter((id) => !row.timeline.some((event) => event[2] === id));
    const all = [...others, ...found.reverse()];
    if (!all.length) return "";
    return element("details", "requests", element("summary", "", `RequestIds for support (${all.length})`),
      element("ul", "", ...all.map((text) => element("li", "", isolated(text)))));
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
    showAll.hidden = !filters.size;
    find("#shown").textContent = matching.length === rows.length ? counted(rows.length) : `${matching.length} of ${counted(rows.length)}`;
  }

  function update() {
    state.limit = PAGE;
    filterAndSort();
    draw();
  }

  // --- filters ---

  function addChips(key, label) {
    const counts = new Map();
    for (const row of rows) if (row[key]) counts.set(row[key], (counts.get(row[key]) || 0) + 1);
    if (counts.size < 2) return;
    const names = [...counts.keys()].sort((one, other) => counts.get(other) - counts.get(one) || compare(one, other));
    const chips = names.slice(0, MOST_CHIPS).map((name) => {
      const text = key === "outcome" ? name.replaceAll("_", " ") : name;
      const chip = element("button", "chip", isolated(text), ` ${counts.get(name)}`);
      Object.assign(chip.dataset, { filter: key, value: name });
      chip.type = "button";
      return chip;
    });
    const left = names.length - chips.length;
    const group = element("div", "chips", element("span", "", `${label}:`), ...chips,
      left > 0 ? element("span", "quiet", `and ${left} more, which the search finds`) : "");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", label);
    find("#chips").append(group);
  }

  const buttons = () => document.querySelectorAll("button[data-filter]");

  function markButtons() {
    for (const button of buttons()) {
      button.setAttribute("aria-pressed", String(filters.get(button.dataset.filter) === button.dataset.value));
    }
  }

  function toggleFilter(key, value) {
    filters.delete("rank");
    if (filters.get(key) === value) filters.delete(key); else filters.set(key, value);
    markButtons();
    update();
    if (key === "todo") find("#numbers").scrollIntoView();
  }

  function clearFilters() {
    filters.clear();
    markButtons();
    update();
  }

  // Opens the number that a link of a to-do leads to. A row that is not drawn is shown alone.
  function showLinkedNumber(hash) {
    const row = rows[Number(/^#n(\d+)$/.exec(hash)?.[1])];
    if (!row) return;
    if (!document.getElementById(`n${row.rank}`)) {
      search.value = "";
      filters.clear();
      filters.set("rank", String(row.rank));
      markButtons();
      update();
    }
    const made = document.getElementById(`n${row.rank}`);
    const button = made.querySelector("button");
    if (!opened.has(row.rank)) toggle(row, made, button);
    made.scrollIntoView();
    button.focus({ preventScroll: true });
  }

  function sortBy(head) {
    state.descending = state.key === head.dataset.key && !state.descending;
    state.key = head.dataset.key;
    for (const other of table.querySelectorAll("[aria-sort]")) other.setAttribute("aria-sort", "none");
    head.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
    update();
  }

  for (const [key, label] of FACETS) addChips(key, label);
  find("#chips").open = matchMedia("(min-width: 40rem)").matches;
  markButtons();
  for (const button of buttons()) {
    button.addEventListener("click", () => toggleFilter(button.dataset.filter, button.dataset.value));
  }
  search.addEventListener("input", () => { filters.delete("rank"); update(); });
  showAll.addEventListener("click", () => { clearFilters(); search.focus(); });
  for (const link of document.querySelectorAll('a[href^="#n"]:not(.skip)')) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      showLinkedNumber(link.hash);
    });
  }
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
  showLinkedNumber(location.hash);
})();
