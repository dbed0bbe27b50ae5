// Mails in frames are as high as what is in them; menus close like menus; the tab that is open is in sight.
export function fit(frame) {
  const height = frame.contentDocument?.documentElement?.scrollHeight;
  if (height) frame.style.height = `${height + 2}px`;
}
document.addEventListener("load", (event) => event.target.matches?.("iframe[data-fit]") && fit(event.target), true);
for (const frame of document.querySelectorAll("iframe[data-fit]")) fit(frame);

// Menus close like menus.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

function reveal(root) {
  for (const tab of root.querySelectorAll(".tabs [aria-current]"))
    tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 32;
}
reveal(document);
document.addEventListener("htmx:afterSettle", (event) => event.detail.elt.querySelectorAll && reveal(event.detail.elt));
