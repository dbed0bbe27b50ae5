// Says something to screen readers, politely.
export function announce(words) {
  const place = document.getElementById("announcer");
  if (!place) return;
  place.textContent = "";
  setTimeout(() => (place.textContent = words), 50);
}
