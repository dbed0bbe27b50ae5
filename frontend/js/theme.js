// Runs before the first paint: where the account says "as the device", the device decides.
const root = document.documentElement;
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => {
  if (root.dataset.themeChoice === "auto") root.dataset.bsTheme = dark.matches ? "dark" : "light";
};
follow();
dark.addEventListener("change", follow);
