// Keys. A link or button names its own: data-hotkey="e" or "g p,g u"; Ctrl Enter saves the form one is in.
// Single keys can be switched off in the profile (body[data-shortcuts]).
import { install } from "@github/hotkey";

import { openPalette } from "./palette.js";
import { moveRow, selectRow } from "./rows.js";

const single = document.body.dataset.shortcuts !== "off";
const MODIFIER = /(^|[\s,])(Mod|Control|Meta|Alt)\+/;

const installed = new WeakSet();
const installKeys = (root) => {
  for (const element of root.querySelectorAll("[data-hotkey]")) {
    if (installed.has(element) || !(single || MODIFIER.test(element.dataset.hotkey))) continue;
    installed.add(element);
    install(element);
  }
};
installKeys(document);
document.addEventListener("htmx:afterSettle", (event) => event.detail.elt.querySelectorAll && installKeys(event.detail.elt));

const inField = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches("textarea, select, [role=combobox]") ||
    (target.matches("input") && !["checkbox", "radio", "button", "submit"].includes(target.type)));

function search() {
  const field = document.querySelector("[data-search], main input[type=search]");
  if (field) field.focus();
  else openPalette();
}

function press(selector) {
  const element = document.querySelector(selector);
  element?.click();
  return element;
}

const ACTS = {
  "?": () => document.getElementById("shortcuts")?.showModal(),
  "/": search,
  c: () => press("[data-create]") || document.querySelector('[data-hotkey="c"]') || openPalette("New "),
  e: () => press("[data-edit]"),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  x: selectRow,
  m: () => document.querySelector("influence-grid [tabindex='0']")?.focus(),
};
let afterG = 0;

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return openPalette();
  }
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return save(event);
  if (!single || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (inField(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "g") return void (afterG = Date.now());
  if (Date.now() - afterG < 1500) return void (afterG = 0);
  const act = ACTS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

function save(event) {
  const form = event.target.closest?.("form") ?? document.querySelector("main form[data-main]");
  if (!form) return;
  event.preventDefault();
  form.requestSubmit();
}
