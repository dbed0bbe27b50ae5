// Placeholders in the composer: {{ opens a list of them with what each says today, and those that print nothing or do
// not exist are marked in the text.
//
//   <input data-placeholders> and <textarea data-placeholders>, in a [data-version="de-plain"]
//   <script id="placeholders" type="application/json">[{"name": "day", "help": "…", "today": {"de": "…"}}]</script>
//   <a data-problem="de-plain" data-part="body" data-line="3" data-column="7">: a place that is wrong, and why
//
// Arrow keys move, Enter or Tab takes, Esc closes. Without this the words are typed as they are.
import { announce } from "./announce.js";

const OPENED = /\{\{[ \t]*([\w]*)$/;
const BLOCK = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;
const known = JSON.parse(document.getElementById("placeholders")?.textContent ?? "[]");
const fields = [...document.querySelectorAll("[data-version] [data-placeholders]")];

const languageOf = (field) => field.closest("[data-version]").dataset.version.split("-")[0];
const today = (entry, field) => entry.today[languageOf(field)] ?? "";
const partOf = (field) => (field.tagName === "TEXTAREA" ? "body" : "subject");

// The same text lies behind the field, invisible but for its marks, and says where a letter stands.
class Backdrop {
  constructor(field) {
    this.field = field;
    this.wrong = [];
    this.wrapper = Object.assign(document.createElement("div"), { className: "words-field" });
    this.under = Object.assign(document.createElement("div"), { className: "words-under" });
    this.under.setAttribute("aria-hidden", "true");
    this.under.classList.toggle("is-line", partOf(field) === "subject");
    if (field.classList.contains("is-invalid")) this.wrapper.classList.add("is-invalid");
    field.before(this.wrapper);
    this.wrapper.append(this.under, field);
    field.addEventListener("scroll", () => this.scroll());
    field.addEventListener("input", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(field);
  }

  mark(places) {
    this.wrong = places;
    this.draw();
  }

  draw() {
    const { field, under } = this;
    const style = getComputedStyle(field);
    for (const name of ["font", "letterSpacing", "lineHeight", "padding", "borderWidth", "tabSize"]) under.style[name] = style[name];
    under.style.width = `${field.clientWidth + parseFloat(style.borderLeftWidth) + parseFloat(style.borderRightWidth)}px`;
    under.replaceChildren(...this.pieces(), "\n");
    this.scroll();
  }

  pieces() {
    const text = this.field.value;
    const found = [];
    const seen = {};
    let end = 0;
    for (const match of text.matchAll(BLOCK)) {
      const turn = (seen[match[0]] = (seen[match[0]] ?? 0) + 1);
      if (!this.wrong.some((place) => place.block === match[0] && place.turn === turn)) continue;
      found.push(text.slice(end, match.index), Object.assign(document.createElement("mark"), { textContent: match[0] }));
      end = match.index + match[0].length;
    }
    return [...found, text.slice(end)];
  }

  scroll() {
    this.under.scrollTop = this.field.scrollTop;
    this.under.scrollLeft = this.field.scrollLeft;
  }

  // Where the letter stands on the screen.
  at(index) {
    this.draw();
    const walker = document.createTreeWalker(this.under, NodeFilter.SHOW_TEXT);
    let rest = index;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (rest <= node.length) {
        const range = document.createRange();
        range.setStart(node, rest);
        range.collapse(true);
        const box = range.getBoundingClientRect();
        return box.height ? box : this.under.getBoundingClientRect();
      }
      rest -= node.length;
    }
    return this.under.getBoundingClientRect();
  }
}

class Completion {
  constructor(field, backdrop, number) {
    Object.assign(this, { field, backdrop, entries: [], at: -1 });
    this.list = Object.assign(document.createElement("ul"), { id: `placeholders-${number}`, className: "placeholders-menu", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Placeholders");
    this.list.tabIndex = -1; // it scrolls; the focus stays in the field
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    backdrop.wrapper.append(this.list);
    field.autocomplete = "off";
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-haspopup", "listbox");
    field.setAttribute("aria-controls", this.list.id);
    if (this.isCombobox) field.setAttribute("role", "combobox"); // a field of several lines stays a text field
    this.expanded(false);
    field.addEventListener("input", () => this.look());
    field.addEventListener("click", () => this.look());
    field.addEventListener("blur", () => this.close());
    field.addEventListener("keydown", (event) => this.key(event), true);
  }

  get isCombobox() {
    return this.field.tagName === "INPUT";
  }

  get isOpen() {
    return !this.list.hidden;
  }

  expanded(is) {
    if (this.isCombobox) this.field.setAttribute("aria-expanded", String(is));
  }

  look() {
    const caret = this.field.selectionStart;
    const opened = this.field.selectionEnd === caret && this.field.value.slice(0, caret).match(OPENED);
    if (!opened) return this.close();
    const typed = opened[1].toLowerCase();
    this.start = caret - opened[0].length;
    const found = known.filter(({ name, help }) => name.includes(typed) || (typed.length > 2 && help.toLowerCase().includes(typed)));
    const rank = (entry) => (entry.name.startsWith(typed) ? 0 : 2) + (today(entry, this.field) ? 0 : 1);
    found.sort((one, other) => rank(one) - rank(other));
    if (!found.length) return this.close();
    this.open(found);
  }

  open(found) {
    const wasOpen = this.isOpen;
    const count = this.entries.length;
    this.entries = found;
    this.list.replaceChildren(...found.map((entry, number) => this.option(entry, number)));
    this.list.hidden = false;
    this.expanded(true);
    this.place();
    this.mark(0);
    if (!wasOpen || count !== found.length)
      announce(`${found.length} ${found.length === 1 ? "placeholder" : "placeholders"}. Arrow keys choose, Enter takes.`);
  }

  close() {
    if (!this.isOpen) return;
    this.list.hidden = true;
    this.expanded(false);
    this.field.removeAttribute("aria-activedescendant");
  }

  place() {
    const around = this.backdrop.wrapper.getBoundingClientRect();
    const caret = this.backdrop.at(this.start);
    const wide = document.documentElement.clientWidth;
    const left = Math.min(caret.left, around.right - this.list.offsetWidth, wide - this.list.offsetWidth - 8);
    this.list.style.left = `${Math.max(left, around.left) - around.left}px`;
    const isAbove = caret.bottom + this.list.offsetHeight > window.innerHeight && caret.top > this.list.offsetHeight;
    this.list.style.top = `${(isAbove ? caret.top - this.list.offsetHeight - 4 : caret.bottom + 4) - around.top}px`;
  }

  option(entry, number) {
    const item = Object.assign(document.createElement("li"), { id: `${this.list.id}-${number}` });
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.dataset.name = entry.name;
    const said = today(entry, this.field);
    const small = Object.assign(document.createElement("small"), { textContent: said || `Prints nothing today. ${entry.help}` });
    small.classList.toggle("prints-nothing", !said);
    item.append(entry.name, small);
    item.addEventListener("click", () => this.take(number));
    return item;
  }

  mark(next) {
    this.at = (next + this.entries.length) % this.entries.length;
    [...this.list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === this.at)));
    const item = this.list.children[this.at];
    this.list.scrollTop = Math.min(item.offsetTop, Math.max(this.list.scrollTop, item.offsetTop + item.offsetHeight - this.list.clientHeight));
    this.field.setAttribute("aria-activedescendant", item.id);
  }

  // Typed over, so that Ctrl Z takes it back.
  take(number) {
    const { field } = this;
    const rest = field.value.slice(field.selectionStart).match(/^[\w]*[ \t]*\}\}/)?.[0] ?? "";
    field.setSelectionRange(this.start, field.selectionStart + rest.length);
    write(field, `{{ ${this.entries[number].name} }}`);
    this.close();
  }

  key(event) {
    if (!this.isOpen || event.isComposing) return;
    const acts = {
      ArrowDown: () => this.mark(this.at + 1),
      ArrowUp: () => this.mark(this.at - 1),
      Enter: () => this.take(this.at),
      Tab: () => this.take(this.at),
      Escape: () => this.close(),
    };
    if (!acts[event.key] || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }
}

function write(field, words) {
  field.focus();
  if (document.execCommand("insertText", false, words)) return;
  field.setRangeText(words, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

// A button that opens the list: for touch, and for who does not know.
function button(field) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "placeholder-button", textContent: "{{ }}", title: "Insert a placeholder" });
  made.setAttribute("aria-label", `Insert a placeholder into the ${partOf(field) === "body" ? "text" : "subject"}`);
  made.addEventListener("mousedown", (event) => event.preventDefault());
  made.addEventListener("click", () => {
    field.focus();
    write(field, "{{ ");
  });
  return made;
}

const backdrops = new Map();
fields.forEach((field, number) => {
  const backdrop = new Backdrop(field);
  backdrops.set(field, backdrop);
  new Completion(field, backdrop, number);
  const tools = field.closest(".words-tools-and-area")?.querySelector(".words-tools");
  if (tools) tools.append(button(field));
  else backdrop.wrapper.append(button(field));
});

// What the check of the last preview found.
function placesOf(field) {
  const key = field.closest("[data-version]").dataset.version;
  const found = [...document.querySelectorAll(`#preview [data-problem="${key}"][data-part="${partOf(field)}"][data-why]`)];
  return found.map(({ dataset }) => ({ ...blockAt(field.value, dataset), why: dataset.why })).filter(({ block }) => block);
}

// Which one of those that are spelled like it: that stays so while somebody writes before it.
function blockAt(text, { line, column }) {
  const index = text.split("\n").slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + Number(column) - 1;
  const blocks = [...text.matchAll(BLOCK)].filter((match) => match.index <= index);
  const last = blocks.at(-1);
  if (!last || index >= last.index + last[0].length) return {};
  return { block: last[0], turn: blocks.filter((match) => match[0] === last[0]).length };
}

function markAll() {
  for (const field of fields) {
    const places = placesOf(field);
    backdrops.get(field).mark(places);
    field.setAttribute("aria-invalid", String(places.length > 0));
    tell(field, places);
  }
}

function tell(field, places) {
  const id = `${field.id}-places`;
  const old = document.getElementById(id);
  const words = [...new Set(places.map(({ block, why }) => `${block}: ${why}`))].join(" ");
  if (old?.textContent === words) return;
  old?.remove();
  if (!words) return void describe(field, id, false);
  const place = Object.assign(document.createElement("p"), { id, className: "words-places", textContent: words });
  backdrops.get(field).wrapper.after(place);
  describe(field, id, true);
}

function describe(field, id, is) {
  const rest = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one && one !== id);
  const all = is ? [...rest, id] : rest;
  if (all.length) field.setAttribute("aria-describedby", all.join(" "));
  else field.removeAttribute("aria-describedby");
}

if (fields.length) {
  markAll();
  document.addEventListener("htmx:afterSwap", (event) => event.target.id === "preview" && markAll());
}
