// Drafts save themselves two seconds after the last keystroke.
//
//   <form method="post" data-autosave="/address/to/post/to">
//     … <span data-autosave-status role="status"></span>
//     <div data-autosave-conflict></div>
//
// The address gets the whole form and answers 204 or 200, or JSON such as {"version": 4}: the fields of those names
// take the values. 409 means that somebody else saved in between: its HTML goes into [data-autosave-conflict].
// Other errors say so in the status and try again with the next change.
const PAUSE = 2000;
const clock = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

class Autosave {
  constructor(form) {
    this.form = form;
    this.status = form.querySelector("[data-autosave-status]");
    this.dirty = false;
    form.addEventListener("input", () => this.changed());
    form.addEventListener("submit", () => (this.dirty = false));
    window.addEventListener("beforeunload", (event) => this.dirty && event.preventDefault());
  }

  changed() {
    this.dirty = true;
    this.say("Not saved yet");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE);
  }

  async save() {
    if (this.saving) return this.changed();
    this.saving = true;
    this.dirty = false;
    try {
      this.take(await fetch(this.form.dataset.autosave, this.request()));
    } catch {
      this.failed("Not saved: no connection");
    } finally {
      this.saving = false;
    }
  }

  request() {
    return { method: "POST", body: new FormData(this.form), headers: { "X-Autosave": "1", Accept: "application/json" } };
  }

  async take(response) {
    if (response.status === 409) return this.conflict(await response.text());
    if (!response.ok || response.redirected) return this.failed("Not saved: please check the form");
    if (response.headers.get("Content-Type")?.includes("json")) this.fill(await response.json());
    this.say(`Saved ${clock()}`);
    this.form.dispatchEvent(new CustomEvent("autosave:saved", { bubbles: true }));
  }

  fill(values) {
    for (const [name, value] of Object.entries(values)) {
      const field = this.form.elements[name];
      if (field) field.value = value;
    }
  }

  conflict(html) {
    const place = this.form.querySelector("[data-autosave-conflict]");
    if (place) place.innerHTML = html;
    this.failed("Not saved: somebody else changed it");
  }

  failed(words) {
    this.dirty = true;
    this.say(words);
  }

  say(words) {
    if (this.status) this.status.textContent = words;
  }
}

for (const form of document.querySelectorAll("form[data-autosave]")) new Autosave(form);
