// <button data-copy="text"> or <button data-copy-from="#id">: puts the text on the clipboard and says so.
import { announce } from "./announce.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button) return;
  const source = button.dataset.copyFrom && document.querySelector(button.dataset.copyFrom);
  const text = source ? (source.value ?? source.textContent.trim()) : button.dataset.copy;
  const words = button.querySelector("span") ?? button;
  const before = words.textContent;
  try {
    await navigator.clipboard.writeText(text);
    words.textContent = "Copied";
    announce("Copied");
  } catch {
    words.textContent = "Please copy by hand";
  }
  setTimeout(() => (words.textContent = before), 2000);
});
