// <influence-grid>: stakeholders on influence × interest, 0 to 100 each, moved by mouse, finger, keys or numbers.
//
//   <influence-grid data-url="/where/to/save/" data-label="Stakeholders of the mail migration">
//     <button type="button" data-key="12" data-influence="80" data-interest="40" data-kind="group">Finance</button>
//     …
//   </influence-grid>
//   <input type="number" min="0" max="100" data-grid="influence" data-key="12" value="80">     anywhere on the page
//   <input type="number" min="0" max="100" data-grid="interest" data-key="12" value="40">
//   <span data-grid="quadrant" data-key="12">Keep satisfied</span>
//
// A move is POSTed to data-url as key, influence, interest, with the token of the page. Any 2xx keeps it; anything else
// moves the chip back and says so (a plain-text answer is shown). data-readonly shows without moving.
// data-kind="group" draws a square corner. The event "influence-grid:moved" carries {key, influence, interest, quadrant}.
// Arrow keys move by 1, with Shift by 10. Without JavaScript the chips are a list, and the form around the numbers works.
import { announce } from "./announce.js";
import { showToast } from "./toasts.js";

const QUADRANTS = ["Keep satisfied", "Manage closely", "Monitor", "Keep informed"];
const MIDDLE = 50;
const HINT = "Arrow keys move it by 1, with Shift by 10. Up is more influence, right is more interest.";
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] };

const clamp = (value) => Math.min(100, Math.max(0, Math.round(value)));
const quadrantOf = ({ influence, interest }) => QUADRANTS[(influence >= MIDDLE ? 0 : 2) + (interest >= MIDDLE ? 1 : 0)];
const placeOf = (chip) => ({ influence: Number(chip.dataset.influence), interest: Number(chip.dataset.interest) });
const element = (name, className, text = "") =>
  Object.assign(document.createElement(name), { className, textContent: text });

function token() {
  return JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] ?? "";
}

class InfluenceGrid extends HTMLElement {
  connectedCallback() {
    if (this.field) return;
    this.chips = [...this.querySelectorAll("[data-key]")];
    this.saved = new Map();
    this.timers = new Map();
    this.draw();
    for (const chip of this.chips) this.start(chip);
    this.onInput = (event) => this.typed(event);
    document.addEventListener("change", this.onInput);
    this.resized = new ResizeObserver(() => this.spread());
    this.resized.observe(this.field);
  }

  disconnectedCallback() {
    document.removeEventListener("change", this.onInput);
    this.resized?.disconnect();
  }

  draw() {
    this.field = element("div", "grid-field");
    this.field.setAttribute("role", "group");
    this.field.setAttribute("aria-label", this.dataset.label || "Influence and interest");
    this.hint = Object.assign(element("p", "grid-hint", HINT), { id: `grid-hint-${Math.random().toString(36).slice(2)}` });
    this.hint.hidden = "readonly" in this.dataset;
    const [above, below] = [element("div", "grid-names is-above"), element("div", "grid-names is-below")];
    QUADRANTS.forEach((words, number) => (number < 2 ? above : below).append(element("span", "grid-quadrant", words)));
    below.firstChild.after(element("span", "grid-axis", "Interest →"));
    this.replaceChildren(above, element("span", "grid-axis is-influence", "Influence →"), this.field, below, this.hint);
  }

  start(chip) {
    chip.classList.add("grid-chip");
    if (!chip.querySelector("span")) chip.replaceChildren(element("span", "", chip.textContent.trim()));
    this.field.append(chip);
    this.saved.set(chip, placeOf(chip));
    this.show(chip);
    if ("readonly" in this.dataset) return;
    chip.setAttribute("aria-describedby", this.hint.id);
    chip.addEventListener("pointerdown", (event) => this.drag(chip, event));
    chip.addEventListener("keydown", (event) => this.key(chip, event));
  }

  show(chip) {
    const { influence, interest } = placeOf(chip);
    const quadrant = quadrantOf({ influence, interest });
    const name = chip.textContent.trim();
    chip.style.left = `${interest}%`;
    chip.style.top = `${100 - influence}%`;
    chip.title = `${name}: influence ${influence}, interest ${interest}`;
    chip.setAttribute("aria-label", `${name}, influence ${influence}, interest ${interest}, ${quadrant}`);
    this.tellPage(chip.dataset.key, { influence, interest, quadrant });
  }

  tellPage(key, values) {
    for (const place of document.querySelectorAll(`[data-grid][data-key="${CSS.escape(key)}"]`)) {
      const value = values[place.dataset.grid];
      if (place.matches("input")) place.value = value;
      else place.textContent = value;
    }
  }

  move(chip, influence, interest) {
    chip.dataset.influence = clamp(influence);
    chip.dataset.interest = clamp(interest);
    this.show(chip);
  }

  drag(chip, event) {
    if (event.button) return;
    event.preventDefault();
    chip.focus();
    chip.setPointerCapture(event.pointerId);
    chip.classList.add("is-dragged");
    const box = this.field.getBoundingClientRect();
    const before = placeOf(chip);
    const from = { x: event.clientX, y: event.clientY };
    const follow = ({ clientX, clientY }) => {
      this.move(
        chip,
        before.influence - ((clientY - from.y) / box.height) * 100,
        before.interest + ((clientX - from.x) / box.width) * 100,
      );
      this.nudge(chip, []);
    };
    const end = (last) => {
      chip.removeEventListener("pointermove", follow);
      chip.classList.remove("is-dragged");
      if (last.type === "pointercancel") this.move(chip, before.influence, before.interest);
      else this.settle(chip, 0);
      this.spread();
    };
    chip.addEventListener("pointermove", follow);
    chip.addEventListener("pointerup", end, { once: true });
    chip.addEventListener("pointercancel", end, { once: true });
  }

  key(chip, event) {
    const step = STEPS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const size = event.shiftKey ? 10 : 1;
    const { influence, interest } = placeOf(chip);
    this.move(chip, influence + step[0] * size, interest + step[1] * size);
    this.spread();
    this.settle(chip, 700);
  }

  typed({ target }) {
    if (!target.matches?.("input[data-grid]")) return;
    const chip = this.chips.find((each) => each.dataset.key === target.dataset.key);
    if (!chip || target.value === "") return;
    const place = { ...placeOf(chip), [target.dataset.grid]: Number(target.value) };
    this.move(chip, place.influence, place.interest);
    this.spread();
    this.settle(chip, 300);
  }

  settle(chip, wait) {
    clearTimeout(this.timers.get(chip));
    this.timers.set(chip, setTimeout(() => this.save(chip), wait));
  }

  async save(chip) {
    const [place, old] = [placeOf(chip), this.saved.get(chip)];
    if (place.influence === old.influence && place.interest === old.interest) return;
    const detail = { key: chip.dataset.key, ...place, quadrant: quadrantOf(place) };
    this.saved.set(chip, place);
    const refusal = this.dataset.url ? await this.post(detail) : "";
    if (refusal) return this.putBack(chip, old, refusal);
    announce(chip.getAttribute("aria-label"));
    this.dispatchEvent(new CustomEvent("influence-grid:moved", { bubbles: true, detail }));
  }

  async post({ key, influence, interest }) {
    try {
      const body = new URLSearchParams({ key, influence, interest });
      const response = await fetch(this.dataset.url, { method: "POST", body, headers: { "X-CSRFToken": token() } });
      if (response.ok && !response.redirected) return "";
      const said = response.headers.get("Content-Type")?.startsWith("text/plain") ? await response.text() : "";
      return said || "That could not be saved. The position is as before.";
    } catch {
      return "No connection. The position is as before.";
    }
  }

  putBack(chip, place, words) {
    this.saved.set(chip, place);
    this.move(chip, place.influence, place.interest);
    this.spread();
    showToast(words, "bad");
  }

  /** For the eye only: every chip stays inside the field, and chips at one place stand below one another. */
  spread() {
    const taken = [];
    for (const chip of this.chips) taken.push(this.nudge(chip, taken));
  }

  nudge(chip, taken) {
    chip.style.translate = "";
    const field = this.field.getBoundingClientRect();
    const { left, right, top, bottom, height } = chip.getBoundingClientRect();
    const inside = (low, high, from, to) => Math.max(from + 2 - low, 0) || Math.min(to - 2 - high, 0);
    const x = inside(left, right, field.left, field.right);
    let y = inside(top, bottom, field.top, field.bottom);
    const hidden = (box) =>
      left + x < box.right && right + x > box.left && top + y < box.bottom && bottom + y > box.top;
    const step = bottom + y + height > field.bottom ? -(height + 2) : height + 2;
    for (let turn = 0; turn < 12 && taken.some(hidden); turn += 1) y += step;
    y += inside(top + y, bottom + y, field.top, field.bottom);
    if (x || y) chip.style.translate = `${x}px ${y}px`;
    return { left: left + x, right: right + x, top: top + y, bottom: bottom + y };
  }
}

customElements.define("influence-grid", InfluenceGrid);
