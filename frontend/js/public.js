// Shows each time also in the reader's own zone, where that differs: <time data-local data-zone="Europe/Berlin"
// datetime="…" data-until="…">. Pages are complete without it.
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const language = document.documentElement.lang || "en";
const WORDS = { en: "Your time", de: "Ihre Zeit", fr: "À votre heure" };
const format = (zone) =>
  new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone,
  });
const wall = (moment, zone) => moment.toLocaleString("sv", { timeZone: zone });

for (const time of document.querySelectorAll("time[data-local]")) {
  const start = new Date(time.dateTime);
  if (Number.isNaN(start.valueOf()) || wall(start, own) === wall(start, time.dataset.zone || "UTC")) continue;
  const until = time.dataset.until && new Date(time.dataset.until);
  const said = until ? format(own).formatRange(start, until) : format(own).format(start);
  const line = document.createElement("span");
  line.className = "your-time";
  line.textContent = `${WORDS[language] ?? WORDS.en}: ${said} (${own.replaceAll("_", " ")})`;
  time.after(line);
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
