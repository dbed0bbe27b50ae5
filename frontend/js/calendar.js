// <work-calendar>: windows are dragged to another day (month) or time (week). While one drags, the place under the pointer
// is asked about (data-check: ?days= and ?minutes= from where it is); dropping opens the "Move…" dialog (data-move), and
// only that saves. A week is drawn by the hour. Without this file the table, the lists and the "Move…" pages work.
const STEP = 15; // minutes
const DAY = 1440;
const PLAY = 5; // pixels before a press is a drag
const mobile = window.matchMedia("(max-width: 767.98px)");

const element = (name, className, text = "") =>
  Object.assign(document.createElement(name), { className, textContent: text });
const daysBetween = (one, other) => Math.round((Date.parse(other) - Date.parse(one)) / 86400000);

function announce(words) {
  const place = document.getElementById("announcer");
  if (place) place.textContent = words;
}

class WorkCalendar extends HTMLElement {
  connectedCallback() {
    this.layOut();
    this.addEventListener("pointerdown", (event) => this.press(event));
    this.addEventListener("click", (event) => this.click(event));
    this.onMedia = () => this.layOut();
    mobile.addEventListener("change", this.onMedia);
  }

  disconnectedCallback() {
    mobile.removeEventListener("change", this.onMedia);
    this.drag?.cancel();
  }

  click(event) {
    const opener = event.target.closest("[data-open-move]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openDialog(opener.getAttribute("href"), opener);
  }

  // A week by the hour

  layOut() {
    const table = this.querySelector(".cal-week");
    if (!table) return;
    table.classList.toggle("is-by-hour", !mobile.matches);
    for (const cell of table.querySelectorAll("[data-hours]")) {
      const entries = [...cell.querySelectorAll(".cal-entry")];
      if (mobile.matches) for (const one of entries) one.removeAttribute("style");
      else placeByHour(entries);
      cell.querySelector(".cal-now")?.remove();
      if (cell.classList.contains("is-today") && !mobile.matches) cell.append(nowLine(this.dataset.now));
    }
  }

  // Dragging

  press(event) {
    const entry = event.target.closest(".cal-entry");
    if (!entry || event.button !== 0 || event.pointerType === "touch" || mobile.matches) return;
    if (event.target.closest("[data-open-move]")) return;
    if (entry.dataset.move) this.drag = new Drag(this, entry, event);
    else if (entry.dataset.fixed) this.drag = new Refusal(entry, event);
  }
}

function placeByHour(entries) {
  const spans = entries.map((one) => {
    const begins = Number(one.dataset.begins);
    return { one, begins, ends: Math.max(Number(one.dataset.ends), begins + 48) };
  });
  spans.sort((a, b) => a.begins - b.begins || b.ends - a.ends || isSend(a) - isSend(b));
  let group = [];
  let until = -1;
  const close = () => {
    const shares = sharesOf(group);
    const whole = shares.reduce((sum, share) => sum + share, 0);
    for (const span of group) {
      const style = span.one.style;
      style.top = `${(span.begins / DAY) * 100}%`;
      style.height = `${((Math.min(span.ends, DAY) - span.begins) / DAY) * 100}%`;
      const before = shares.slice(0, span.column).reduce((sum, share) => sum + share, 0);
      style.left = `calc(${(before / whole) * 100}% + 2px)`;
      style.width = `calc(${(shares[span.column] / whole) * 100}% - 4px)`;
      span.one.classList.toggle("is-tall", span.ends - span.begins >= 90);
      if (span.begins > DAY - 48) Object.assign(style, { top: "auto", bottom: "0" });
    }
    group = [];
  };
  for (const span of spans) {
    if (span.begins >= until) close();
    const taken = new Set(group.filter((other) => other.ends > span.begins).map((other) => other.column));
    span.column = 0;
    while (taken.has(span.column)) span.column += 1;
    group.push(span);
    until = Math.max(until, span.ends);
  }
  close();
}

const isSend = (span) => span.one.classList.contains("is-send");

// Side by side; notices beside a window leave it most of the room.
function sharesOf(group) {
  const columns = [];
  for (const span of group) (columns[span.column] ??= []).push(span);
  return columns.map((column) => (column.every(isSend) && !group.every(isSend) ? 0.4 : 1));
}

function nowLine(minutes) {
  const line = element("span", "cal-now");
  line.setAttribute("aria-hidden", "true");
  line.style.top = `${(Number(minutes) / DAY) * 100}%`;
  return line;
}

class Press {
  constructor(entry, event) {
    this.entry = entry;
    this.from = { x: event.clientX, y: event.clientY };
    this.stop = new AbortController();
    const on = (name, act) => document.addEventListener(name, act, { signal: this.stop.signal, capture: true });
    on("pointermove", (moved) => this.move(moved));
    on("pointerup", (up) => this.drop(up));
    on("pointercancel", () => this.cancel());
    on("dragstart", (native) => native.preventDefault());
    on("keydown", (key) => {
      if (key.key !== "Escape" || !this.isDragging) return;
      key.preventDefault();
      key.stopPropagation();
      this.cancel();
      announce("Nothing was moved.");
    });
  }

  move(event) {
    const far = Math.hypot(event.clientX - this.from.x, event.clientY - this.from.y) > PLAY;
    if (!this.isDragging && !far) return;
    event.preventDefault();
    if (!this.isDragging) this.begin();
    this.follow(event);
  }

  begin() {
    this.isDragging = true;
    this.tip = element("div", "cal-tip");
    document.body.append(this.tip);
    document.body.classList.add("is-dragging");
  }

  follow(event) {
    const beside = event.clientX + 18 + 352 > innerWidth ? event.clientX - 18 - this.tip.offsetWidth : event.clientX + 18;
    this.tip.style.left = `${Math.max(4, beside)}px`;
    this.tip.style.top = `${Math.min(event.clientY + 18, innerHeight - this.tip.offsetHeight - 8)}px`;
  }

  drop() {
    this.cancel();
  }

  cancel() {
    this.stop.abort();
    this.tip?.remove();
    document.body.classList.remove("is-dragging");
    if (this.isDragging) swallowClick();
  }
}

// The click that follows a drag opens no link.
function swallowClick() {
  const swallow = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", swallow, { capture: true }), 50);
}

class Refusal extends Press {
  begin() {
    super.begin();
    this.tip.append(element("p", "", this.entry.dataset.fixed));
    announce(this.entry.dataset.fixed);
  }
}

class Drag extends Press {
  constructor(calendar, entry, event) {
    super(entry, event);
    this.calendar = calendar;
    const cell = cellAt(event) ?? entry.closest("[data-day]");
    this.day = cell.dataset.day;
    this.byHour = entry.closest("[data-hours]") !== null;
    this.grabbed = this.byHour ? minuteIn(cell, event) : 0;
    this.known = new Map();
  }

  begin() {
    super.begin();
    this.entry.classList.add("is-lifted");
    this.ghost = this.entry.cloneNode(true);
    this.ghost.removeAttribute("style");
    this.ghost.classList.add("cal-ghost");
    this.ghost.classList.remove("is-lifted", ...[...this.ghost.classList].filter((name) => name.startsWith("span-")));
    this.ghost.setAttribute("aria-hidden", "true");
    document.body.append(this.ghost);
  }

  follow(event) {
    super.follow(event);
    this.ghost.style.left = `${event.clientX - 12}px`;
    this.ghost.style.top = `${event.clientY - 12}px`;
    const cell = cellAt(event);
    if (cell !== this.cell) {
      this.cell?.classList.remove("is-target");
      cell?.classList.add("is-target");
      this.cell = cell;
    }
    this.place = cell && this.placeOf(cell, event);
    if (this.place !== this.shown) this.ask(this.place);
  }

  placeOf(cell, event) {
    const days = daysBetween(this.day, cell.dataset.day);
    const far = this.byHour && cell.matches("[data-hours]") ? minuteIn(cell, event) - this.grabbed : 0;
    return `days=${days}&minutes=${Math.round(far / STEP) * STEP}`;
  }

  ask(place) {
    this.shown = place;
    clearTimeout(this.waiting);
    if (!place) return this.tip.replaceChildren(element("p", "", "Drop it on a day."));
    if (this.known.has(place)) return this.say(this.known.get(place));
    this.waiting = setTimeout(async () => {
      try {
        const answer = await fetch(`${this.entry.dataset.check}?${place}`, { headers: { Accept: "application/json" } });
        if (!answer.ok) throw new Error(answer.status);
        this.known.set(place, await answer.json());
      } catch {
        this.known.set(place, null);
      }
      if (this.shown === place && this.isDragging) this.say(this.known.get(place));
    }, 80);
  }

  say(found) {
    if (!found) return this.tip.replaceChildren(element("p", "", "It cannot be checked now. Drop it to see more."));
    const parts = [element("strong", "", found.when)];
    const list = element("ul", "");
    for (const words of found.hard) list.append(element("li", "tone-bad tone-text", words));
    for (const words of found.soft) list.append(element("li", "tone-warn tone-text", words));
    const isClear = !found.hard.length && !found.soft.length;
    if (found.is_past) parts.push(element("p", "tone-bad tone-text", "In the past"));
    else if (isClear) parts.push(element("p", "tone-good tone-text", "Nothing is in the way"));
    if (!isClear) parts.push(list);
    if (found.slots.length) parts.push(element("p", "cal-tip-next", `Next free: ${found.slots[0].when}`));
    if (found.moves) parts.push(element("p", "", `${found.moves} ${found.moves === 1 ? "notice moves" : "notices move"} with it`));
    if (found.missed) parts.push(element("p", "tone-bad tone-text", `${found.missed} of them will be missed`));
    this.tip.replaceChildren(...parts);
    this.tip.className = `cal-tip tone-${found.hard.length || found.is_past || found.missed ? "bad" : found.soft.length ? "warn" : "good"}`;
  }

  drop(event) {
    const place = this.isDragging && this.place;
    super.drop(event);
    if (place && place !== "days=0&minutes=0")
      openDialog(`${this.entry.dataset.move}?${place}&back=${encodeURIComponent(this.calendar.dataset.back)}`, this.entry.querySelector("a"));
  }

  cancel() {
    clearTimeout(this.waiting);
    super.cancel();
    this.ghost?.remove();
    this.cell?.classList.remove("is-target");
    this.entry.classList.remove("is-lifted");
    this.isDragging = false;
  }
}

const cellAt = (event) =>
  document.elementsFromPoint(event.clientX, event.clientY).find((one) => one.matches("[data-day]")) ?? null;

function minuteIn(cell, event) {
  const box = cell.getBoundingClientRect();
  return ((event.clientY - box.top) / box.height) * DAY;
}

async function openDialog(url, opener) {
  const dialog = document.getElementById("move-dialog");
  await window.htmx.ajax("GET", url, { target: "#move-place", swap: "innerHTML" });
  const found = dialog.querySelector("#move");
  if (!found) return;
  document.getElementById("move-dialog-title").textContent = found.dataset.title;
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[name=start]")?.focus();
  dialog.addEventListener("close", () => opener?.isConnected && opener.focus(), { once: true });
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#move-dialog a[data-dialog-close]")) event.preventDefault();
});

customElements.define("work-calendar", WorkCalendar);
