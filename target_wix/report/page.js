// Shows only what is looked for. Without it the page is whole, and the browser's own search finds everything.
const tools = document.getElementById("tools");
const words = document.getElementById("words");
const kind = document.getElementById("kind");
const found = document.getElementById("found");
const entries = [...document.querySelectorAll("article")];
const texts = entries.map((each) => each.textContent.toLowerCase());
let later = 0;

function search() {
  const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  entries.forEach((entry, at) => {
    const fits = (!kind.value || entry.dataset.of === kind.value) && asked.every((each) => texts[at].includes(each));
    entry.hidden = !fits;
    shown += fits;
  });
  found.textContent = `${shown.toLocaleString("en")} of ${entries.length.toLocaleString("en")} shown`;
}

for (const value of [...new Set(entries.map((each) => each.dataset.of))].sort()) {
  kind.append(new Option(value.replace("/", ": "), value));
}
words.addEventListener("input", () => {
  clearTimeout(later);
  later = setTimeout(search, 150);
});
kind.addEventListener("change", search);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.matches("input, select")) {
    event.preventDefault();
    words.focus();
  }
});
tools.hidden = entries.length === 0;
search();
