// <influence-grid>: stakeholders on influence × interest, 0 to 100 each, moved by mouse, finger, keys or numbers.
//
//   <influence-grid data-url="/where/to/save/" data-label="Stakeholders of the mail migration">
//     <a href="?sel=12" data-key="12" data-influence="80" data-interest="40" data-kind="group">Finance</a>
//     …
//   </influence-grid>
//   <input type="number" min="0" max="100" data-grid="influence" data-key="12" value="80">     anywhere on the page
//   <input type="number" min="0" max="100" data-grid="interest" data-key="12" value="40">
//   <span data-grid="quadrant" data-key="12">Keep satisfied</span>
//
// A chip may also have data-attitude (-2 to 2), data-wanted, data-impact (0 to 3), data-dim (does not match the search) and
// data-path='[["2026-03-01", 80, 40, 0], …]', its assessments; without data-influence it is not on the map today.
// A move is POSTed to data-url as key, influence, interest, with the token of the page. Any 2xx keeps it, and {undo} in
// its JSON is where to take it back; anything else moves the chip back and says so (a plain-text answer is shown).
// data-readonly shows without moving. data-panel="/…/0/…" is fetched into #panel for the chip that is chosen (0 is its key).
// data-attitudes='{"0": ["mood-neutral", "Neutral"], …}' names icons and words.
// The event "influence-grid:moved" carries {key, influence, interest, quadrant}; "influence-grid:show" on the document
// ({on: "2026-03-01" or null}) shows a day; "stakeholder:changed" on the body ({key, attitude, …, undo}) follows a form.
//
// The map is one stop of Tab, on the chip that is chosen. Page Down and Page Up choose the next and the one before, Home
// and End the first and last; arrow keys move by 1, with Shift by 10; Enter goes to the panel, Esc takes the move back.
import htmx from "htmx.org";

import { announce } from "./announce.js";
import { showToast } from "./toasts.js";

const QUADRANTS = ["Keep satisfied", "Manage closely", "Monitor", "Keep informed"];
const IMPACTS = ["no impact", "reduced redundancy", "degraded", "outage"];
const MIDDLE = 50;
const SIZE = 28; // of a mark, in pixels
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] };
const SIDES = ["right", "left", "below", "above", "over", "under"];
const MANY = 60; // from here on marks stand in rows and columns, so that more of them fit
const NEAR = [...Array(961).keys()]
  .map((number) => [(number % 31) - 15, Math.floor(number / 31) - 15])
  .sort(([a, b], [c, d]) => a * a + b * b - c * c - d * d);

const clamp = (value) => Math.min(100, Math.max(0, Math.round(value)));
const quadrantOf = ({ influence, interest }) => QUADRANTS[(influence >= MIDDLE ? 0 : 2) + (interest >= MIDDLE ? 1 : 0)];
const isPlaced = (chip) => chip.dataset.influence !== undefined && chip.dataset.influence !== "";
const placeOf = (chip) => ({ influence: Number(chip.dataset.influence), interest: Number(chip.dataset.interest) });
const same = (one, other) => one.influence === other.influence && one.interest === other.interest;
const nameOf = (chip) => chip.dataset.name;
const apart = (one, other) =>
  one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top;
const element = (name, className, text = "") =>
  Object.assign(document.createElement(name), { className, textContent: text });
const svg = (name, values = {}) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
  return made;
};

function token() {
  return JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] ?? "";
}

function post(url, values = {}) {
  const headers = { "X-CSRFToken": token(), Accept: "application/json" };
  return fetch(url, { method: "POST", body: new URLSearchParams(values), headers });
}

class InfluenceGrid extends HTMLElement {
  connectedCallback() {
    if (this.chips) return;
    this.chips = [...this.querySelectorAll("[data-key]")];
    this.attitudes = JSON.parse(this.dataset.attitudes || "{}");
    this.saved = new Map();
    this.origins = new Map();
    this.timers = new Map();
    this.done = [];
    this.draw();
    for (const chip of this.chips) this.start(chip);
    this.rest(this.chips.find((chip) => chip.dataset.key === this.dataset.selected) ?? this.inOrder()[0]);
    this.listen();
    this.markUnserved();
    if (this.chosen && location.hash === "#on-the-map") this.arrive();
  }

  /** Somebody was just put on the map: the focus goes to them, once. */
  arrive() {
    history.replaceState(history.state, "", location.pathname + location.search);
    this.chosen.focus();
  }

  disconnectedCallback() {
    this.away?.abort();
    this.resized?.disconnect();
    clearTimeout(this.fetching);
  }

  listen() {
    this.away = new AbortController();
    const { signal } = this.away;
    document.addEventListener("change", (event) => this.typed(event), { signal });
    document.addEventListener("influence-grid:show", (event) => this.showOn(event.detail.on), { signal });
    document.body.addEventListener("stakeholder:changed", (event) => this.follow(event.detail), { signal });
    document.addEventListener("htmx:afterSettle", (event) => event.detail.elt.id === "counts" && this.markUnserved(), { signal });
    document.addEventListener("click", (event) => this.clicked(event), { signal });
    document.addEventListener("keydown", (event) => this.keyInPanel(event), { signal });
    this.resized = new ResizeObserver(() => this.layOut());
    this.resized.observe(this.field);
    document.fonts?.ready.then(() => this.isConnected && this.layOut());
  }

  draw() {
    this.field = element("div", "grid-field");
    this.field.setAttribute("role", "application");
    this.field.setAttribute("aria-label", this.dataset.label || "Influence and interest");
    this.lines = svg("svg", { class: "grid-lines", "aria-hidden": "true" });
    this.field.append(this.lines);
    const [above, below] = [element("div", "grid-names is-above"), element("div", "grid-names is-below")];
    QUADRANTS.forEach((words, number) => (number < 2 ? above : below).append(element("span", "grid-quadrant", words)));
    below.firstChild.after(element("span", "grid-axis", "Interest →"));
    this.replaceChildren(above, element("span", "grid-axis is-influence", "Influence →"), this.field, below);
  }

  start(chip) {
    chip.dataset.name ||= chip.textContent.trim();
    const mark = element("span", "grid-mark");
    const label = element("span", "grid-label", nameOf(chip));
    label.dir = "auto";
    chip.classList.add("grid-chip");
    chip.draggable = false;
    chip.tabIndex = -1;
    chip.setAttribute("role", "button");
    chip.replaceChildren(mark, label);
    if (chip.dataset.attitude !== undefined) this.putFace(chip);
    this.field.append(chip);
    this.saved.set(chip, placeOf(chip));
    this.show(chip);
    chip.addEventListener("focus", () => this.choose(chip));
    chip.addEventListener("keydown", (event) => this.key(chip, event));
    chip.addEventListener("click", (event) => event.preventDefault());
    chip.addEventListener("pointerdown", (event) => this.drag(chip, event));
  }

  putFace(chip) {
    const mark = chip.querySelector(".grid-mark");
    const [icon] = this.attitudes[chip.dataset.attitude] ?? [];
    mark.replaceChildren();
    if (!icon) return;
    const face = svg("svg", { class: "icon", "aria-hidden": "true" });
    face.append(svg("use", { href: `${this.dataset.sprite}#${icon}` }));
    mark.append(face);
    const gap = this.gapOf(chip);
    if (gap) mark.append(element("span", "grid-gap", gap > 0 ? "▲" : "▼"));
  }

  /** Whom the plan does not serve: the counts above the map know, also after a move. */
  markUnserved() {
    const keys = new Set(document.getElementById("counts")?.dataset.unserved?.split(" "));
    for (const chip of this.chips) {
      chip.classList.toggle("is-unserved", keys.has(chip.dataset.key));
      if (isPlaced(chip)) this.show(chip);
    }
  }

  gapOf(chip) {
    const { attitude, wanted } = chip.dataset;
    return wanted === undefined || wanted === "" || !attitude ? 0 : Number(wanted) - Number(attitude);
  }

  inOrder() {
    return this.chips.filter((chip) => isPlaced(chip) && !("dim" in chip.dataset));
  }

  words(chip) {
    const place = placeOf(chip);
    const parts = [`${nameOf(chip)}: influence ${place.influence}, interest ${place.interest}, ${quadrantOf(place).toLowerCase()}`];
    const [, attitude] = this.attitudes[chip.dataset.attitude] ?? [];
    const [, wanted] = this.attitudes[chip.dataset.wanted] ?? [];
    if (attitude) parts.push(`${attitude.toLowerCase()}${wanted && wanted !== attitude ? `, wanted ${wanted.toLowerCase()}` : ""}`);
    if (chip.dataset.impact) parts.push(IMPACTS[chip.dataset.impact]);
    parts.push(chip.dataset.kind === "group" ? "group" : "person");
    if (chip.classList.contains("is-unserved") && !this.isPast) parts.push("not served by the plan");
    return parts.join(", ");
  }

  show(chip) {
    chip.hidden = !isPlaced(chip);
    if (chip.hidden) return;
    const { influence, interest } = placeOf(chip);
    chip.style.left = `${interest}%`;
    chip.style.top = `${100 - influence}%`;
    chip.title = this.words(chip);
    chip.setAttribute("aria-label", this.words(chip));
    this.tellPage(chip.dataset.key, { influence, interest, quadrant: quadrantOf({ influence, interest }) });
  }

  tellPage(key, values) {
    for (const place of document.querySelectorAll(`[data-grid][data-key="${CSS.escape(key)}"]`)) {
      const value = values[place.dataset.grid];
      if (place.matches("input")) place.value = value;
      else place.textContent = value;
    }
  }

  // Choosing

  rest(chip) {
    if (!chip) return;
    for (const each of this.chips) each.tabIndex = each === chip ? 0 : -1;
    this.chosen = "selected" in this.dataset && this.dataset.selected === chip.dataset.key ? chip : null;
    chip.classList.toggle("is-chosen", this.chosen === chip);
    this.layOut();
  }

  choose(chip) {
    this.origins.set(chip, placeOf(chip));
    if (this.chosen === chip) return;
    for (const each of this.chips) {
      each.tabIndex = each === chip ? 0 : -1;
      each.classList.toggle("is-chosen", each === chip);
    }
    this.chosen = chip;
    this.layOut();
    if (this.dataset.panel) this.fetchPanel(chip);
  }

  fetchPanel(chip) {
    clearTimeout(this.fetching);
    this.fetching = setTimeout(() => {
      const here = new URL(location.href);
      here.searchParams.set("sel", chip.dataset.key);
      history.replaceState(history.state, "", here);
      const url = this.dataset.panel.replace("/0/", `/${chip.dataset.key}/`);
      htmx.ajax("GET", `${url}${here.search}`, { target: "#panel", swap: "outerHTML" });
    }, 180);
  }

  clicked(event) {
    const link = event.target.closest?.("[data-grid-choose]");
    const chip = link && this.chips.find((each) => each.dataset.key === link.dataset.gridChoose);
    if (!chip || chip.hidden || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    chip.focus();
  }

  keyInPanel(event) {
    if (event.defaultPrevented || !event.target.closest?.("#panel")) return;
    if (event.key === "Escape") return this.chosen?.focus();
    const isUndo = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if (isUndo && !event.target.matches("input, textarea")) this.stop(event, () => this.undoLast());
  }

  goBy(chip, step) {
    const all = this.inOrder();
    const at = all.indexOf(chip);
    const next = step === "Home" ? all[0] : step === "End" ? all.at(-1) : all[(at + step + all.length) % all.length];
    next?.focus();
  }

  // Moving

  move(chip, influence, interest) {
    chip.classList.remove("is-replayed");
    chip.dataset.influence = clamp(influence);
    chip.dataset.interest = clamp(interest);
    this.show(chip);
  }

  get isFixed() {
    return "readonly" in this.dataset || this.isPast;
  }

  drag(chip, event) {
    if (event.button) return;
    event.preventDefault();
    chip.focus();
    if (this.isFixed) return;
    chip.setPointerCapture(event.pointerId);
    const box = this.field.getBoundingClientRect();
    const before = placeOf(chip);
    const from = { x: event.clientX, y: event.clientY };
    let isOn = false;
    const follow = ({ clientX, clientY }) => {
      if (!isOn && Math.hypot(clientX - from.x, clientY - from.y) < 4) return;
      isOn = true;
      chip.classList.add("is-dragged");
      const [dx, dy] = [(clientX - from.x) / box.width, (clientY - from.y) / box.height];
      this.move(chip, before.influence - dy * 100, before.interest + dx * 100);
      chip.style.translate = "";
    };
    const escape = (pressed) => pressed.key === "Escape" && end({ type: "pointercancel" });
    const end = (last) => {
      chip.removeEventListener("pointermove", follow);
      chip.removeEventListener("pointerup", end);
      chip.removeEventListener("pointercancel", end);
      document.removeEventListener("keydown", escape, true);
      chip.classList.remove("is-dragged");
      if (last.type === "pointercancel") this.move(chip, before.influence, before.interest);
      else if (isOn) this.settle(chip, 0);
      this.layOut();
    };
    chip.addEventListener("pointermove", follow);
    chip.addEventListener("pointerup", end);
    chip.addEventListener("pointercancel", end);
    document.addEventListener("keydown", escape, true);
  }

  key(chip, event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") return this.stop(event, () => this.undoLast());
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const acts = {
      PageDown: () => this.goBy(chip, 1),
      PageUp: () => this.goBy(chip, -1),
      Home: () => this.goBy(chip, "Home"),
      End: () => this.goBy(chip, "End"),
      Enter: () => this.enterPanel(),
      " ": () => this.enterPanel(),
      Escape: () => this.takeBack(chip),
    };
    if (acts[event.key]) return this.stop(event, acts[event.key]);
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    if (this.isFixed) return announce("The map cannot be changed here.");
    const size = event.shiftKey ? 10 : 1;
    const { influence, interest } = placeOf(chip);
    this.move(chip, influence + step[0] * size, interest + step[1] * size);
    this.layOut();
    this.settle(chip, 700);
  }

  stop(event, act) {
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  async enterPanel() {
    for (let turn = 0; turn < 20; turn += 1) {
      const panel = document.getElementById("panel");
      if (!panel || panel.dataset.key === this.chosen?.dataset.key) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const panel = document.getElementById("panel");
    const field = panel?.querySelector("input:not([type=hidden]), select") ?? panel?.querySelector("a[href], button");
    (field ?? panel)?.focus();
  }

  typed({ target }) {
    if (!target.matches?.("input[data-grid]") || this.isFixed) return;
    const chip = this.chips.find((each) => each.dataset.key === target.dataset.key);
    if (!chip || target.value === "" || !isPlaced(chip)) return;
    const place = { ...placeOf(chip), [target.dataset.grid]: Number(target.value) };
    this.move(chip, place.influence, place.interest);
    this.layOut();
    this.settle(chip, 300);
  }

  settle(chip, wait) {
    clearTimeout(this.timers.get(chip));
    this.timers.set(chip, setTimeout(() => this.save(chip), wait));
  }

  settleNow(chip) {
    clearTimeout(this.timers.get(chip));
    this.save(chip);
  }

  async save(chip) {
    const [place, old] = [placeOf(chip), this.saved.get(chip)];
    this.timers.delete(chip);
    if (same(place, old)) return;
    const detail = { key: chip.dataset.key, ...place, quadrant: quadrantOf(place) };
    this.saved.set(chip, place);
    announce(this.words(chip));
    this.saving = this.dataset.url ? this.send(detail) : Promise.resolve({});
    const { refusal, undo } = await this.saving;
    if (refusal) return this.putBack(chip, old, refusal);
    if (undo) this.offerUndo({ chip, before: old, after: place, undo });
    this.tellMoved(detail);
  }

  tellMoved(detail) {
    this.dispatchEvent(new CustomEvent("influence-grid:moved", { bubbles: true, detail }));
  }

  async send({ key, influence, interest }) {
    try {
      const response = await post(this.dataset.url, { key, influence, interest });
      const type = response.headers.get("Content-Type") ?? "";
      if (response.ok && !response.redirected) return type.includes("json") ? await response.json() : {};
      return { refusal: (type.startsWith("text/plain") && (await response.text())) || "That could not be saved. The position is as before." };
    } catch {
      return { refusal: "No connection. The position is as before." };
    }
  }

  putBack(chip, place, words) {
    this.saved.set(chip, place);
    this.move(chip, place.influence, place.interest);
    this.layOut();
    showToast(words, "bad");
  }

  // Taking back

  offerUndo(act) {
    this.done.push(act);
    const { influence, interest } = act.after;
    const words = `${nameOf(act.chip)}: influence ${influence}, interest ${interest}, ${quadrantOf(act.after).toLowerCase()}.`;
    this.toast?.remove();
    this.toast = showToast(words, "good", { label: "Undo", act: () => this.undoLast() });
  }

  async undoLast() {
    const act = this.done.pop();
    if (!act) return announce("There is nothing to take back.");
    const response = await post(act.undo).catch(() => null);
    if (!response?.ok) {
      const said = response?.headers.get("Content-Type")?.startsWith("text/plain") ? await response.text() : "";
      return showToast(said || "That could not be taken back.", "bad");
    }
    this.toast?.remove();
    if (act.before) this.saved.set(act.chip, act.before);
    if (act.before) this.move(act.chip, act.before.influence, act.before.interest);
    if (act.values) this.wear(act.chip, act.values);
    this.layOut();
    act.chip.focus();
    announce(`Taken back. ${this.words(act.chip)}`);
    this.tellMoved({ key: act.chip.dataset.key });
    if (act.values && this.dataset.panel) this.fetchPanel(act.chip);
  }

  /** What was moved since the chip got the focus, saved or not. */
  async takeBack(chip) {
    const origin = this.origins.get(chip) ?? this.saved.get(chip);
    clearTimeout(this.timers.get(chip));
    await this.saving;
    while (this.done.at(-1)?.chip === chip && this.done.at(-1).before && !same(this.saved.get(chip), origin)) {
      const before = this.done.length;
      await this.undoLast();
      if (this.done.length === before) break;
    }
    const place = this.saved.get(chip);
    if (same(placeOf(chip), place)) return;
    this.move(chip, place.influence, place.interest);
    this.layOut();
    announce(`Taken back. ${this.words(chip)}`);
  }

  follow({ key, attitude, wanted, impact, undo }) {
    const chip = this.chips.find((each) => each.dataset.key === String(key));
    if (!chip) return;
    const values = { attitude: chip.dataset.attitude, wanted: chip.dataset.wanted };
    this.wear(chip, { attitude, wanted, impact });
    if (!undo) return;
    this.done.push({ chip, values, undo });
    this.toast?.remove();
    this.toast = showToast(`${this.words(chip)}.`, "good", { label: "Undo", act: () => this.undoLast() });
  }

  wear(chip, values) {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined || value === null || value === "") continue;
      chip.dataset[name] = value;
    }
    if (values.wanted === null || values.wanted === "") chip.dataset.wanted = "";
    this.putFace(chip);
    this.show(chip);
  }

  // The past

  showOn(on) {
    if (on !== null && !this.isFixed) this.leaveToday();
    this.isPast = on !== null;
    this.classList.toggle("is-past", this.isPast);
    for (const chip of this.chips) {
      chip.classList.toggle("is-replayed", isPlaced(chip));
      const path = JSON.parse(chip.dataset.path || "[]");
      const last = (on === null && this.today?.get(chip)) || path.filter(([day]) => on === null || day <= on).at(-1);
      if (!last) delete chip.dataset.influence;
      else [, chip.dataset.influence, chip.dataset.interest, chip.dataset.attitude] = last;
      this.show(chip);
      if (last) this.putFace(chip);
    }
    this.countUp();
    this.layOut();
  }

  /** What was moved here is not in the paths that came with the page. */
  leaveToday() {
    for (const chip of [...this.timers.keys()]) this.settleNow(chip);
    const placed = this.chips.filter(isPlaced);
    this.today = new Map(placed.map((chip) => [chip, ["", ...Object.values(placeOf(chip)), chip.dataset.attitude]]));
  }

  countUp() {
    const counts = Object.fromEntries(QUADRANTS.map((words) => [words, 0]));
    for (const chip of this.chips) if (isPlaced(chip)) counts[quadrantOf(placeOf(chip))] += 1;
    for (const place of document.querySelectorAll("[data-quadrant-count]"))
      place.querySelector(".stat-value").textContent = counts[place.dataset.quadrantCount];
  }

  // For the eye only: marks stand beside one another, labels where there is room, lines lead to the true place.

  layOut() {
    const [width, height] = [this.field.clientWidth, this.field.clientHeight];
    if (!width) return;
    const order = this.chips.filter((chip) => !chip.hidden && !chip.classList.contains("is-dragged"));
    order.sort((one, other) => this.rank(one) - this.rank(other));
    this.lines.replaceChildren();
    this.lines.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.drawTrail(width, height);
    const marks = order.map((chip, number) => this.putMark(chip, { width, height }, number));
    for (const [number, mark] of marks.entries())
      this.settled(mark, marks, number, { width, height });
    this.putLabels(marks, { width, height });
  }

  rank(chip) {
    return (chip === this.chosen ? 0 : 2) + ("dim" in chip.dataset ? 1 : 0);
  }

  putMark(chip, { width, height }) {
    const { influence, interest } = placeOf(chip);
    return { chip, x: (interest / 100) * width, y: (1 - influence / 100) * height, at: null };
  }

  settled(mark, marks, number, { width, height }) {
    const half = SIZE / 2 + 1;
    const snap = (value) => (marks.length > MANY ? half + Math.round((value - half) / SIZE) * SIZE : value);
    const inside = (value, most) => Math.min(most - half, Math.max(half, snap(value)));
    const [x, y] = [inside(mark.x, width), inside(mark.y, height)];
    const before = marks.slice(0, number);
    const isFree = (px, py) => before.every(({ at }) => Math.abs(at.x - px) >= SIZE || Math.abs(at.y - py) >= SIZE);
    mark.at = { x, y };
    for (const [dx, dy] of NEAR) {
      const [px, py] = [x + dx * SIZE, y + dy * SIZE];
      if (px < half - 1 || py < half - 1 || px > width - half + 1 || py > height - half + 1 || !isFree(px, py)) continue;
      mark.at = { x: px, y: py };
      break;
    }
    mark.chip.style.translate = `${mark.at.x - mark.x}px ${mark.at.y - mark.y}px`;
    if (Math.hypot(mark.at.x - x, mark.at.y - y) > 4)
      this.lines.append(svg("line", { x1: x, y1: y, x2: mark.at.x, y2: mark.at.y, class: "grid-lead" }));
  }

  putLabels(marks, { width, height }) {
    const taken = marks.map(({ at }) => ({ left: at.x - SIZE / 2, right: at.x + SIZE / 2, top: at.y - SIZE / 2, bottom: at.y + SIZE / 2 }));
    for (const { chip, at } of marks) {
      const label = chip.lastChild;
      const [w, h] = [label.offsetWidth, label.offsetHeight];
      const boxes = {
        right: { left: at.x + SIZE / 2 + 2, top: at.y - h / 2 },
        left: { left: at.x - SIZE / 2 - 2 - w, top: at.y - h / 2 },
        below: { left: at.x - w / 2, top: at.y + SIZE / 2 + 1 },
        above: { left: at.x - w / 2, top: at.y - SIZE / 2 - 1 - h },
        over: { left: at.x + SIZE / 2 - w, top: at.y - SIZE / 2 - 1 - h },
        under: { left: at.x + SIZE / 2 - w, top: at.y + SIZE / 2 + 1 },
      };
      const fits = (side) => {
        const box = { ...boxes[side], right: boxes[side].left + w, bottom: boxes[side].top + h };
        const isInside = box.left >= 0 && box.top >= 0 && box.right <= width && box.bottom <= height;
        return isInside && taken.every((other) => apart(box, other)) ? box : null;
      };
      const side = SIDES.find(fits);
      if (side) taken.push(fits(side));
      chip.classList.toggle("has-no-room", !side);
      label.dataset.side = side ?? (at.x > width / 2 ? "left" : "right");
    }
  }

  drawTrail(width, height) {
    const path = JSON.parse(this.chosen?.dataset.path || "[]");
    if (path.length < 2) return;
    const points = path.map(([, influence, interest]) => [(interest / 100) * width, (1 - influence / 100) * height]);
    this.lines.append(svg("polyline", { points: points.map((point) => point.join(",")).join(" "), class: "grid-trail" }));
    for (const [cx, cy] of points) this.lines.append(svg("circle", { cx, cy, r: 3, class: "grid-stop" }));
  }
}

customElements.define("influence-grid", InfluenceGrid);
