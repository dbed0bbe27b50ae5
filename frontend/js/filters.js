// Filter forms ask as one types, and again when a field is changed. Leaving a search field also counts as a change:
// the same list would come a second time and undo what was ticked in the meantime.
document.addEventListener(
  "change",
  (event) => {
    if (event.target.matches("form[hx-get] input[type=search]")) event.stopPropagation();
  },
  true,
);
