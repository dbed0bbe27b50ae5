// Asks before something leaves the house.
//
//   <form method="post" data-confirm="It goes to 1,240 people by e-mail." data-confirm-title="Send the notice?"
//         data-confirm-yes="Send it"> …
//
// data-confirm may also stand on a submit button; data-confirm-from="id" takes the words from a <template>.
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

document.addEventListener(
  "submit",
  async (event) => {
    const source = dialog && sourceOf(event);
    if (!source || asked.delete(event.target)) return;
    event.preventDefault();
    event.stopPropagation();
    const { target, submitter } = event;
    if (!(await ask(source))) return;
    asked.add(target);
    target.requestSubmit(submitter);
  },
  true,
);
