// Drafts save themselves every two seconds while somebody writes.
//
//   <form method="post" data-autosave="/address/to/post/to">
//     … <span data-autosave-status role="status"></span>
//     <div data-autosave-conflict></div>
//
// The address gets the whole form and answers 204 or 200, or JSON such as {"version": 4}: the fields of those names
// take the values. 409 means that somebody else saved in between: its HTML goes into [data-autosave-conflict], and nothing
// saves itself any more until somebody has chosen. Other errors say so in the status and try again with the next change.
import { announce } from "./announce.js";

const PAUSE = 2000;
const clock = () => new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

const isHalfAName = (field) => field.type === "text" && field.closest("[data-pick-many]"); // it counts once it is taken

class Autosave {
  constructor(form) {
    this.form = form;
    this.status = form.querySelector("[data-autosave-status]");
    this.changes = 0; // since the page was opened
    this.saved = 0; // of them
    form.addEventListener("input", (event) => isHalfAName(event.target) || this.changed());
    form.addEventListener("submit", (event) => this.leave(event));
    window.addEventListener("beforeunload", (event) => this.isDirty && event.preventDefault());
  }

  get isDirty() {
    return this.changes > this.saved && !this.isLeaving;
  }

  changed() {
    this.changes += 1;
    if (this.isStopped) return;
    this.say("Not saved yet");
    this.later();
  }

  later() {
    this.timer ??= setTimeout(() => this.save(), PAUSE);
  }

  // What is on its way makes a new version: the form waits for it, or it would come into conflict with itself.
  leave(event) {
    this.isWaiting &&= Boolean(this.underWay);
    if (!this.underWay) return void (this.isLeaving = true);
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    if (!this.isWaiting) this.underWay.then(() => this.form.requestSubmit(submitter));
    this.isWaiting = true;
  }

  save() {
    this.timer = null;
    if (this.isLeaving || this.underWay) return;
    this.underWay = this.send().finally(() => (this.underWay = null));
  }

  async send() {
    const meant = this.changes;
    try {
      const response = await fetch(this.form.dataset.autosave, this.request());
      await this.take(response, meant);
    } catch {
      this.say("Not saved: no connection");
    }
    if (this.changes > meant && !this.isStopped) this.later();
  }

  request() {
    return { method: "POST", body: new FormData(this.form), headers: { "X-Autosave": "1", Accept: "application/json" } };
  }

  async take(response, meant) {
    if (response.status === 409) return this.conflict(await response.text());
    if (response.redirected && response.url.includes("/login")) return this.say("Not saved: please log in again, in another tab");
    if (!response.ok || response.redirected) return this.say("Not saved: please check the form");
    if (response.headers.get("Content-Type")?.includes("json")) this.fill(await response.json());
    this.saved = meant;
    if (!this.isDirty) this.say(`Saved ${clock()}`);
    this.form.dispatchEvent(new CustomEvent("autosave:saved", { bubbles: true }));
  }

  fill(values) {
    for (const [name, value] of Object.entries(values)) {
      const field = this.form.elements[name];
      if (field) field.value = value;
    }
  }

  conflict(html) {
    this.isStopped = true;
    const place = this.form.querySelector("[data-autosave-conflict]");
    if (place) place.innerHTML = html;
    this.say("Not saved: somebody else changed it.");
    const title = place?.querySelector("[id]");
    if (title) this.status?.append(" ", Object.assign(document.createElement("a"), { href: `#${title.id}`, textContent: "See both" }));
    announce("Not saved: somebody else saved this in the meantime. Both texts are shown at the top of the form.");
  }

  say(words) {
    if (this.status) this.status.textContent = words;
  }
}

for (const form of document.querySelectorAll("form[data-autosave]")) new Autosave(form);
