// Messages go by themselves after ten seconds, unless one is looking at them or they tell of a problem.
const STAY = 10000;
const place = document.getElementById("toasts");

function remove(toast) {
  toast.classList.add("is-leaving");
  setTimeout(() => toast.remove(), 250);
}

function start(toast) {
  if (toast.dataset.toast !== "goes") return;
  let timer = setTimeout(() => remove(toast), STAY);
  for (const pause of ["mouseenter", "focusin"]) toast.addEventListener(pause, () => clearTimeout(timer));
  for (const resume of ["mouseleave", "focusout"])
    toast.addEventListener(resume, () => {
      clearTimeout(timer);
      timer = setTimeout(() => remove(toast), STAY);
    });
}

function offerButton({ label, act }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm";
  button.textContent = label;
  button.addEventListener("click", act);
  return button;
}

/** With {label, act} it has a button. Returns the toast. */
export function showToast(words, tone = "info", offer = null) {
  if (!place) return null;
  const toast = document.createElement("div");
  toast.className = `toast-note tone-${tone}`;
  toast.setAttribute("role", tone === "bad" ? "alert" : "status");
  toast.dataset.toast = tone === "bad" ? "stays" : "goes";
  const text = document.createElement("p");
  text.textContent = words;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close";
  close.setAttribute("aria-label", "Dismiss");
  close.dataset.toastClose = "";
  toast.append(text, ...(offer ? [offerButton(offer)] : []), close);
  place.append(toast);
  return toast;
}

if (place) {
  for (const toast of place.children) start(toast);
  new MutationObserver((changes) => {
    for (const change of changes) for (const node of change.addedNodes) if (node.dataset?.toast) start(node);
  }).observe(place, { childList: true });
  place.addEventListener("click", (event) => {
    if (event.target.closest("[data-toast-close]")) remove(event.target.closest("[data-toast]"));
  });
}
