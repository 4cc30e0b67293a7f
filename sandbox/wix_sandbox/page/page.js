// Renews what changed, section by section, so that scroll and focus stay; waits while somebody is busy with the page.
const EVERY_MS = 2000;
const QUIET_MS = 3000;
const button = document.getElementById("live");
const status = document.getElementById("status");
let paused = false;
let touched = -QUIET_MS;

function busy() {
  const selection = getSelection();
  const marked = selection !== null && !selection.isCollapsed;
  return paused || document.hidden || marked || performance.now() - touched < QUIET_MS;
}

function put(section, fresh) {
  if (section.innerHTML === fresh.innerHTML) return;
  const focused = section.contains(document.activeElement) ? document.activeElement : null;
  const places = [...section.querySelectorAll(".scroll")].map((each) => each.scrollLeft);
  const wasRegion = focused !== null && focused.matches(".scroll");
  section.replaceChildren(...fresh.childNodes);
  section.querySelectorAll(".scroll").forEach((each, at) => { each.scrollLeft = places[at] ?? 0; });
  if (focused === null) return;
  const again = wasRegion ? section.querySelector(".scroll") : focused.id && document.getElementById(focused.id);
  // A link that is gone (the last page was reached) leaves the focus on its section.
  if (!again) section.tabIndex = -1;
  (again || section).focus({ preventScroll: true });
}

async function renew() {
  if (busy()) return;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (busy()) return;
    for (const section of document.querySelectorAll("[data-live]")) {
      const other = fresh.getElementById(section.id);
      if (other !== null) put(section, other);
    }
    say("");
  } catch {
    say("The sandbox does not answer.");
  }
}

function say(text) {
  if (status.textContent !== text) status.textContent = text;
}

for (const kind of ["pointerdown", "keydown", "wheel", "touchmove"]) {
  addEventListener(kind, () => { touched = performance.now(); }, { passive: true });
}
button.addEventListener("click", () => {
  paused = !paused;
  button.setAttribute("aria-pressed", String(paused));
  say(paused ? "Paused." : "");
  touched = -QUIET_MS;
});
button.hidden = false;
setInterval(renew, EVERY_MS);
