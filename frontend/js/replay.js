// <map-replay>: the map of stakeholders on an earlier day. Inside is a GET form with a date field "on", which works
// without JavaScript; with it there is a slider over the days of assessments, and a button that plays them.
//
//   <map-replay data-stops='["2026-01-10", "2026-03-01"]' data-today="2026-04-02" data-target="#standing"><form>…</form></map-replay>
//
// While one slides or plays, "influence-grid:show" tells the map the day; when one stops, data-target is fetched for
// ?on=<day>. A table has nothing to glide: there each day is fetched.
import htmx from "htmx.org";

import { announce } from "./announce.js";

const BEAT = 1100;
const day = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const long = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
const said = (iso) => day.format(new Date(`${iso}T00:00:00Z`));
const button = (label, className = "btn btn-sm") =>
  Object.assign(document.createElement("button"), { type: "button", className, textContent: label });

class MapReplay extends HTMLElement {
  connectedCallback() {
    this.querySelector(".replay")?.remove();
    this.stops = JSON.parse(this.dataset.stops || "[]").filter((stop) => stop < this.dataset.today);
    if (!this.stops.length) return;
    this.stops.push(this.dataset.today);
    this.draw();
    this.onSwap = () => this.showDay(new URL(location.href).searchParams.get("on"));
    this.onSwap();
    document.addEventListener("htmx:historyRestore", this.onSwap);
  }

  disconnectedCallback() {
    document.removeEventListener("htmx:historyRestore", this.onSwap);
    this.pause();
  }

  atOf(on) {
    const last = this.stops.length - 1;
    if (!on) return last;
    const before = this.stops.filter((stop) => stop <= on).length - 1;
    return Math.min(last, Math.max(0, before));
  }

  draw() {
    const box = Object.assign(document.createElement("div"), { className: "replay" });
    this.range = Object.assign(document.createElement("input"), { type: "range", className: "form-range", min: 0, max: this.stops.length - 1, step: 1 });
    this.range.setAttribute("aria-label", "Day on which to look at the map");
    this.output = Object.assign(document.createElement("output"), { className: "replay-day tabular" });
    this.player = button("Play");
    box.append(this.player, this.range, this.output);
    this.prepend(box);
    this.range.addEventListener("input", () => this.slide(Number(this.range.value)));
    this.player.addEventListener("click", () => (this.playing ? this.pause() : this.play()));
  }

  get at() {
    return Number(this.range.value);
  }

  /** A day of the address, which need not be one of the stops. */
  showDay(on) {
    const isPast = /^\d{4}-\d\d-\d\d$/.test(on ?? "") && on < this.dataset.today && !Number.isNaN(Date.parse(on));
    this.show(this.atOf(isPast ? on : null), isPast ? on : null);
  }

  show(at, on = this.stops[at]) {
    this.range.value = at;
    const isToday = on === null || on === this.dataset.today;
    this.output.textContent = isToday ? "Today" : said(on);
    this.range.setAttribute("aria-valuetext", this.output.textContent);
  }

  slide(at) {
    this.pause();
    this.go(at);
  }

  go(at) {
    this.show(at);
    const on = at === this.stops.length - 1 ? null : this.stops[at];
    this.tell(on);
    document.dispatchEvent(new CustomEvent("influence-grid:show", { detail: { on } }));
    clearTimeout(this.settling);
    if (!this.playing || !document.querySelector("influence-grid")) this.settling = setTimeout(() => this.fetch(on), 450);
  }

  /** The date fields and the line that says one looks at the past. */
  tell(on) {
    for (const field of [this.querySelector("input[name=on]"), document.querySelector("[data-keeps-on]")])
      if (field) field.value = on ?? "";
    const note = document.querySelector(".past-note");
    if (!note) return;
    note.hidden = on === null;
    if (on) note.querySelector("[data-past-day]").textContent = long.format(new Date(`${on}T00:00:00Z`));
  }

  fetch(on) {
    const here = new URL(location.href);
    if (on) here.searchParams.set("on", on);
    else here.searchParams.delete("on");
    if (here.search === location.search) return;
    htmx.ajax("GET", `${here.pathname}${here.search}`, { source: this, target: this.dataset.target, swap: "outerHTML" });
    if (!this.playing) announce(on ? `The map on ${said(on)}` : "The map today");
  }

  play() {
    this.playing = true;
    this.player.textContent = "Pause";
    this.go(this.at === this.stops.length - 1 ? 0 : this.at + 1);
    this.timer = setInterval(() => {
      if (this.at === this.stops.length - 1) return this.pause();
      this.go(this.at + 1);
    }, BEAT);
  }

  pause() {
    const wasPlaying = this.playing;
    this.playing = false;
    clearInterval(this.timer);
    if (this.player) this.player.textContent = "Play";
    if (wasPlaying && this.isConnected) this.go(this.at);
  }
}

customElements.define("map-replay", MapReplay);
