// Rows of a list: j and k move, x selects (shortcuts.js); the bar with the number of selected rows.
//
//   <form data-bulk> {% bulkbar %}…{% endbulkbar %}
//     <input type="checkbox" data-bulk-all>            selects what is shown
//     <tr data-row> <input type="checkbox" data-bulk name="pk" value="…"> <a data-row-link href="…">
//     <input type="checkbox" data-bulk-every="1,240">  means all that match, on every page
import { announce } from "./announce.js";

const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent);

export function moveRow(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains("is-current"));
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  for (const row of all) row.classList.toggle("is-current", row === next);
  (next.querySelector("[data-row-link], a[href], button") ?? next).focus();
  next.scrollIntoView({ block: "nearest" });
}

export function selectRow() {
  document.querySelector("[data-row].is-current input[data-bulk]")?.click();
}

const boxes = (form) => [...form.querySelectorAll("input[data-bulk]")];
const everyOf = (form) => form.querySelector("[data-bulk-every]");
let last = null;

function refresh(form) {
  const count = boxes(form).filter((box) => box.checked).length;
  const bar = form.querySelector("[data-bulkbar]");
  if (bar) bar.hidden = count === 0;
  const every = everyOf(form);
  const chosen = every?.checked ? every.dataset.bulkEvery : count;
  const number = form.querySelector("[data-bulk-count]");
  if (number) number.textContent = chosen;
  const all = form.querySelector("[data-bulk-all]");
  if (all) all.indeterminate = count > 0 && !(all.checked = count === boxes(form).length);
  announce(`${chosen} selected`);
}

function choose(form, checked) {
  for (const each of boxes(form)) each.checked = checked;
  if (everyOf(form) && !checked) everyOf(form).checked = false;
  refresh(form);
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("input[data-bulk]");
  const form = event.target.closest("[data-bulk-form], form");
  if (!form) return;
  if (box) {
    if (event.shiftKey && last?.isConnected) selectBetween(form, box);
    last = box;
    if (!box.checked && everyOf(form)) everyOf(form).checked = false;
    refresh(form);
  } else if (event.target.matches("[data-bulk-all]")) {
    choose(form, event.target.checked);
  } else if (event.target.matches("[data-bulk-every]")) {
    if (event.target.checked) choose(form, true);
    else refresh(form);
  } else if (event.target.closest("[data-bulk-clear]")) {
    choose(form, false);
    form.querySelector("[data-bulk-all]")?.focus();
  }
});

function selectBetween(form, box) {
  const all = boxes(form);
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
  for (const each of all.slice(Math.max(from, 0), to + 1)) each.checked = box.checked;
}
