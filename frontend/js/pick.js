// Suggestions while somebody types: <input data-pick="/pick/groups/">. Arrow keys move, Enter takes, Esc closes.
// data-pick-several=",": words with that sign between them, suggested for the last one.
// Inside [data-pick-many="name"] what is taken becomes a ticked box in [data-pick-chosen]; Enter takes the first.
import { announce } from "./announce.js";

let field = null;
let entries = [];
let at = -1;
let timer;
const list = document.createElement("ul");
list.id = "pick-list";
list.className = "pick-list";
list.hidden = true;
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", "Suggestions");

const several = () => field.dataset.pickSeveral;
const words = () => (several() ? field.value.split(several()).pop() : field.value).trim();

function open(found) {
  entries = found;
  at = -1;
  list.replaceChildren(...found.map(option));
  list.hidden = !found.length;
  field.setAttribute("aria-expanded", String(!list.hidden));
  field.removeAttribute("aria-activedescendant");
  if (!list.hidden) place();
  announce(found.length ? `${found.length} suggestions` : "No suggestions");
}

function close() {
  clearTimeout(timer);
  list.hidden = true;
  field?.setAttribute("aria-expanded", "false");
  field?.removeAttribute("aria-activedescendant");
}

function place() {
  if (list.previousElementSibling !== field) field.after(list);
  const parent = (list.offsetParent ?? document.body).getBoundingClientRect();
  const box = field.getBoundingClientRect();
  list.style.left = `${box.left - parent.left}px`;
  list.style.top = `${box.bottom - parent.top + (list.offsetParent?.scrollTop ?? 0)}px`;
  list.style.minWidth = `${box.width}px`;
  list.classList.toggle("is-above", box.bottom + list.offsetHeight > window.innerHeight && box.top > list.offsetHeight);
  if (list.classList.contains("is-above")) list.style.top = `${box.top - parent.top - list.offsetHeight}px`;
}

function option(entry, number) {
  const item = document.createElement("li");
  item.id = `pick-${number}`;
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.append(entry.value);
  if (entry.note) {
    const note = document.createElement("small");
    note.textContent = entry.note;
    item.append(note);
  }
  item.addEventListener("mousedown", (event) => (event.preventDefault(), take(number)));
  return item;
}

function mark(next) {
  at = (next + entries.length) % entries.length;
  [...list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === at)));
  list.children[at].scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", `pick-${at}`);
}

function take(number) {
  const entry = entries[number];
  const many = field.closest("[data-pick-many]");
  if (many) tick(many, entry);
  else if (several()) field.value = [...field.value.split(several()).slice(0, -1).map((word) => word.trim()), entry.value].join(", ");
  else field.value = entry.value;
  close();
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function tick(many, { key, value }) {
  const name = many.dataset.pickMany;
  field.value = "";
  const there = [...many.querySelectorAll("input[type=checkbox]")].find((box) => box.value === String(key));
  if (there) return void (there.checked = true);
  const item = document.createElement("li");
  const label = Object.assign(document.createElement("label"), { className: "form-check" });
  const box = Object.assign(document.createElement("input"), { type: "checkbox", className: "form-check-input", name, value: key, checked: true });
  const said = Object.assign(document.createElement("span"), { className: "form-check-label", textContent: value });
  label.append(box, " ", said);
  item.append(label);
  many.querySelector("[data-pick-chosen]").append(item);
  box.dispatchEvent(new Event("input", { bubbles: true })); // for whatever saves by itself
  announce(`${value} added`);
}

async function suggest() {
  const asked = field;
  const typed = words();
  if (!typed) return close();
  const response = await fetch(`${asked.dataset.pick}?q=${encodeURIComponent(typed)}`);
  if (!response.ok || field !== asked || document.activeElement !== asked || words() !== typed) return;
  open((await response.json()).entries);
}

document.addEventListener("focusin", (event) => {
  const next = event.target.closest?.("[data-pick]");
  if (!next || next === field) return;
  close();
  field = next;
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-expanded", "false");
  field.setAttribute("aria-controls", list.id);
  if (!list.isConnected) field.after(list);
});
document.addEventListener("focusout", (event) => event.target === field && close());
document.addEventListener("input", (event) => {
  if (event.target !== field) return;
  clearTimeout(timer);
  timer = setTimeout(suggest, 150);
});
document.addEventListener(
  "keydown",
  (event) => {
    if (event.target !== field || list.hidden) return;
    const acts = { ArrowDown: () => mark(at + 1), ArrowUp: () => mark(at < 0 ? -1 : at - 1), Escape: close };
    const first = field.closest("[data-pick-many]") ? 0 : -1;
    if (event.key === "Enter" && Math.max(at, first) >= 0) acts.Enter = () => take(Math.max(at, first));
    if (!acts[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  },
  true,
);
