// Ctrl K: find a page, a person, an upgrade, or an action. Entries come from palette.json, [{label, hint, url}];
// with two letters typed the server is asked too (?q=…).
import { announce } from "./announce.js";

const dialog = document.getElementById("palette");
const field = dialog?.querySelector("input");
const list = dialog?.querySelector("ul");
let fixed = [];
let shown = [];
let chosen = 0;
let timer;

export async function openPalette(words = "") {
  if (!dialog || dialog.open) return;
  field.value = words;
  dialog.showModal();
  field.focus();
  if (!fixed.length) fixed = await entries("");
  show(matching(words));
}

async function entries(words) {
  const address = dialog.dataset.source;
  if (!address) return [];
  const response = await fetch(words ? `${address}?q=${encodeURIComponent(words)}` : address);
  return response.ok ? (await response.json()).entries : [];
}

const matching = (words) => {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return fixed.filter(({ label, hint }) => wanted.every((word) => `${label} ${hint}`.toLowerCase().includes(word)));
};

function show(found) {
  shown = found;
  chosen = 0;
  list.replaceChildren(...found.map(option));
  dialog.querySelector(".palette-none").hidden = found.length > 0;
  mark();
}

function option(entry, number) {
  const item = document.createElement("li");
  item.id = `palette-entry-${number}`;
  item.setAttribute("role", "option");
  item.append(entry.label);
  const hint = document.createElement("small");
  hint.textContent = entry.hint;
  item.append(hint);
  item.addEventListener("click", () => go(number));
  item.addEventListener("mousemove", () => chosen !== number && ((chosen = number), mark()));
  return item;
}

function mark() {
  [...list.children].forEach((item, number) => item.setAttribute("aria-selected", number === chosen));
  list.children[chosen]?.scrollIntoView({ block: "nearest" });
  if (shown.length) field.setAttribute("aria-activedescendant", `palette-entry-${chosen}`);
  else field.removeAttribute("aria-activedescendant");
}

function go(number) {
  if (shown[number]) window.location.assign(shown[number].url);
}

async function typed() {
  const words = field.value.trim();
  show(matching(words));
  if (words.length < 2) return;
  const found = await entries(words);
  if (field.value.trim() !== words) return;
  const known = new Set(shown.map((entry) => entry.url));
  show([...shown, ...found.filter((entry) => !known.has(entry.url))]);
  announce(`${shown.length} found`);
}

const KEYS = {
  ArrowDown: () => (chosen = (chosen + 1) % shown.length),
  ArrowUp: () => (chosen = (chosen - 1 + shown.length) % shown.length),
  Home: () => (chosen = 0),
  End: () => (chosen = shown.length - 1),
};

if (dialog) {
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(typed, 120);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      return go(chosen);
    }
    if (!KEYS[event.key] || !shown.length) return;
    event.preventDefault();
    KEYS[event.key]();
    mark();
  });
  for (const opener of document.querySelectorAll("[data-palette]")) opener.addEventListener("click", () => openPalette());
}
