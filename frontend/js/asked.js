// A field that only some answers to another one call for is hidden until one of them is chosen:
// <input data-only-if="provider" data-only-values="twilio vonage">. Without scripts all of them show.
for (const field of document.querySelectorAll("[data-only-if]")) {
  const chosen = field.form.elements[field.dataset.onlyIf];
  const row = document.getElementById(`div_${field.id}`) ?? field.parentElement;
  const show = () => (row.hidden = !field.dataset.onlyValues.split(" ").includes(chosen.value));
  chosen.addEventListener("change", show);
  show();
}
