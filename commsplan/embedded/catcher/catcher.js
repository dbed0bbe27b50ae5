// The first page of the list follows what comes in, unless somebody is typing.
const count = document.getElementById("count");
const first = location.pathname === "/" && !/[?&]page=(?!1\b)/.test(location.search);

async function look() {
  if (document.hidden || document.activeElement?.matches("input, button")) return;
  const answer = await fetch("/api/state");
  const { newest } = await answer.json();
  if (String(newest) !== count.dataset.newest) location.reload();
}

if (count && first) setInterval(() => look().catch(() => {}), 3000);

document.querySelector(".delete")?.addEventListener("submit", (event) => {
  if (!confirm("Delete all mails?")) event.preventDefault();
});
