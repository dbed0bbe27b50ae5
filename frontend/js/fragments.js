// After htmx swapped a fragment: the focus goes where the answer wants it (data-focus), or stays, or comes back to the
// fragment; data-announce is read out; what was unfolded stays so (details with an id); an error of the server is shown.
import { announce } from "./announce.js";
import { showToast } from "./toasts.js";

let before = null;
let open = [];
let scrolled = [];

document.addEventListener("htmx:beforeSwap", (event) => {
  before = document.activeElement;
  const gone = event.detail.target;
  open = [...gone.querySelectorAll("details[id][open]")].map((one) => one.id);
  scrolled = [...gone.querySelectorAll("[data-scrolls][id]")].map((one) => [one.id, one.scrollLeft]);
});

// What somebody has unfolded, or scrolled aside, is as it was.
document.addEventListener("htmx:afterSwap", () => {
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  for (const [id, left] of scrolled) {
    const same = document.getElementById(id);
    if (same) same.scrollLeft = left;
  }
});

document.addEventListener("htmx:afterSettle", (event) => {
  const fragment = event.detail.elt;
  const wanted = fragment.matches?.("[data-focus]") ? fragment : fragment.querySelector?.("[data-focus]");
  if (wanted) wanted.focus();
  else if (before && !before.isConnected && document.activeElement === document.body) comeBack(fragment);
  const said = fragment.matches?.("[data-announce]") ? fragment : fragment.querySelector?.("[data-announce]");
  if (said) announce(said.dataset.announce);
});

function comeBack(fragment) {
  const same = before.id && document.getElementById(before.id);
  if (same) return same.focus();
  if (!fragment.isConnected) return;
  fragment.setAttribute("tabindex", "-1");
  fragment.focus({ preventScroll: true });
}

document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  showToast(status === 403 ? "You may not do this." : `That did not work (${status}). Please try again.`, "bad");
});
document.addEventListener("htmx:sendError", () => showToast("No connection. Please try again.", "bad"));

// What is wrong with a form is the first thing to hear after the page has come back.
document.querySelector("main [data-focus]")?.focus();
