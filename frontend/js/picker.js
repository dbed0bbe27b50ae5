// Choosing people one by one: Enter in the search takes the first match and does not send the form.
//   <div data-picker> <input type="search" data-picker-search> <div> <input type="checkbox" data-found> …
document.addEventListener("keydown", (event) => {
  const search = event.target.closest?.("[data-picker-search]");
  if (!search || event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const first = search.closest("[data-picker]").querySelector("input[data-found]:not(:checked)");
  if (!first) return;
  first.click();
  search.value = "";
  search.dispatchEvent(new Event("input", { bubbles: true }));
});
