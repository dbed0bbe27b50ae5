// The composer of notices: versions as tabs, a preview without flicker. Placeholders have a file of their own.
// Without it the page still works: all versions stand below each other, and a button shows the preview.
import htmx from "htmx.org";

import { fit } from "./frames.js";

const form = document.getElementById("composer");

if (form) {
  const tabs = [...form.querySelectorAll("[data-version-tab]")];
  const versions = [...form.querySelectorAll("[data-version]")];
  const showing = form.elements.showing;
  const refresh = () => htmx.trigger(form, "preview");

  function show(key) {
    showing.value = key;
    for (const version of versions) version.hidden = version.dataset.version !== key;
    for (const tab of tabs)
      if (tab.dataset.versionTab === key) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    for (const said of form.querySelectorAll("[data-today]")) said.hidden = said.dataset.today !== key?.split("-")[0];
  }
  show(showing.value || tabs[0]?.dataset.versionTab);

  form.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-version-tab]");
    const problem = event.target.closest("[data-problem]");
    if (!tab && !problem) return;
    event.preventDefault();
    show(tab ? tab.dataset.versionTab : problem.dataset.problem);
    if (problem) point(problem.dataset);
    else refresh();
  });

  // A remark of the check that one click takes care of: in the text, so that Ctrl Z takes it back.
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mend]");
    if (!button) return;
    const { mend, part, find, put } = button.dataset;
    const version = versions.find((each) => each.dataset.version === mend);
    const field = version?.querySelector(part === "subject" ? "input[type=text]" : "textarea");
    const start = find ? (field?.value.indexOf(find) ?? -1) : -1;
    if (start < 0) return; // a new paragraph, or the text has changed: the server does it, and saves
    event.preventDefault();
    show(mend);
    field.focus();
    field.setSelectionRange(start, start + find.length);
    if (!document.execCommand("insertText", false, put)) {
      field.setRangeText(put);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  });

  // Remarks that somebody has folded away stay so when the text is read again.
  let folded = false;
  form.addEventListener("toggle", (event) => event.target.matches("[data-stays]") && (folded = !event.target.open), true);
  form.addEventListener("htmx:afterSwap", () => {
    for (const fold of form.querySelectorAll("[data-stays]")) if (folded) fold.open = false;
  });

  // Where nothing saves by itself, leaving asks first.
  if (!form.dataset.autosave) {
    let dirty = false;
    form.addEventListener("input", () => (dirty = true));
    form.addEventListener("submit", () => (dirty = false));
    window.addEventListener("beforeunload", (event) => dirty && event.preventDefault());
  }

  // To the line that is wrong.
  function point({ problem, part, line, column }) {
    const version = versions.find((each) => each.dataset.version === problem);
    const field = version?.querySelector(part === "subject" ? "input[type=text]" : "textarea");
    if (!field) return;
    const lines = field.value.split("\n");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    field.focus();
    field.setSelectionRange(start + Math.max(column - 1, 0), start + (lines[line - 1] ?? "").length);
  }

  // Whoever was chosen stays so, although a later answer to the search brings a new list.
  let chosen = "";
  form.addEventListener("htmx:configRequest", (event) => {
    if (chosen && event.target.id !== "reader") event.detail.parameters.person = chosen;
  });
  form.addEventListener("htmx:afterSettle", () => {
    const radio = chosen && form.querySelector(`#readers input[value="${chosen}"]`);
    if (radio) radio.checked = true;
  });

  // What only changes the view is no change of the notice.
  for (const place of form.querySelectorAll("[data-preview-only]"))
    place.addEventListener("input", (event) => {
      event.stopPropagation();
      if (event.target.type !== "radio") return;
      const name = event.target.dataset.name;
      if (event.target.name === "person") chosen = event.target.value;
      if (name) form.querySelector("[data-reader-name]").textContent = name;
      refresh();
    });

  // The new picture takes the place of the old one when it is ready.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "preview") return;
    const place = document.getElementById("preview-frame");
    const template = event.target.querySelector("template[data-frame]");
    if (!template) return place.replaceChildren();
    const frame = template.content.firstElementChild.cloneNode(true);
    for (const late of place.querySelectorAll(".is-coming")) late.remove();
    frame.classList.add("is-coming");
    frame.addEventListener("load", () => {
      frame.classList.remove("is-coming");
      for (const old of [...place.children]) if (old !== frame) old.remove();
      fit(frame);
    });
    place.append(frame);
  });
}
