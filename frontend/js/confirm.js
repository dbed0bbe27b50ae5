// Asks before something leaves the house.
//
//   <form method="post" data-confirm="It goes to 1,240 people by e-mail." data-confirm-title="Send the notice?"
//         data-confirm-yes="Send it"> …
//
// With data-confirm-valid a form that is not filled in says so first, and nothing is asked. data-confirm may also stand on a submit button; data-confirm-from="id" takes the words from a <template>.
const dialog = document.getElementById("confirm");
const asked = new WeakSet();

function ask(source) {
  const { confirm, confirmTitle, confirmYes, confirmFrom } = source.dataset;
  const words = document.getElementById("confirm-words");
  const template = confirmFrom && document.getElementById(confirmFrom);
  if (template) words.replaceChildren(template.content.cloneNode(true));
  else words.textContent = confirm;
  document.getElementById("confirm-title").textContent = confirmTitle || "Are you sure?";
  const yes = document.getElementById("confirm-yes");
  yes.textContent = confirmYes || "Yes";
  yes.className = `btn ${"confirmDanger" in source.dataset ? "btn-danger" : "btn-primary"}`;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((done) => dialog.addEventListener("close", () => done(dialog.returnValue === "yes"), { once: true }));
}

const sourceOf = (event) =>
  [event.submitter, event.target].find((element) => element?.matches("[data-confirm], [data-confirm-from]"));

// What is needed while another box of the form is ticked: data-needed-if="name of the box".
function firstMissing(form) {
  for (const field of form.querySelectorAll("[data-needed-if]")) {
    const isNeeded = form.elements[field.dataset.neededIf]?.checked;
    field.setCustomValidity(isNeeded && !field.value.trim() ? field.dataset.neededWords : "");
    field.addEventListener("input", () => field.setCustomValidity(""), { once: true });
  }
  return [...form.elements].find((field) => field.willValidate && !field.checkValidity());
}

document.addEventListener(
  "submit",
  async (event) => {
    const source = dialog && sourceOf(event);
    if (!source || asked.delete(event.target)) return;
    event.preventDefault();
    event.stopPropagation();
    const { target, submitter } = event;
    const missing = "confirmValid" in source.dataset && firstMissing(target);
    if (missing) return void missing.reportValidity();
    if (!(await ask(source))) return;
    asked.add(target);
    target.requestSubmit(submitter);
  },
  true,
);
