// While somebody writes an entry: how it would look, what is wrong, how many characters are left. Without this script
// the form does the same on "看效果".
const form = document.querySelector("form.edit");
const WAIT = 400; // milliseconds of quiet after a key

let waiting;
let newest = 0;

form.addEventListener("input", () => {
  count();
  clearTimeout(waiting);
  waiting = setTimeout(look, WAIT);
});
count();

function count() {
  for (const field of form.querySelectorAll("[data-limit]")) {
    const left = field.dataset.limit - [...field.value.trim()].length;
    const told = form.querySelector(`[data-left=${field.name}]`);
    told.textContent = left < 0 ? `，多了${-left}个` : `，还剩${left}个`;
  }
}

async function look() {
  const asked = ++newest;
  const body = new FormData(form);
  body.set("action", "look");
  // The attribute: the buttons are named "action" too.
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || asked !== newest) return; // an older answer must not come after a newer one
  const { faults, looks } = await answer.json();
  for (const told of form.querySelectorAll("[id^=fault-]")) {
    const name = told.id.slice("fault-".length);
    told.textContent = faults[name] ?? "";
    told.hidden = !faults[name];
    form.elements[name]?.setAttribute?.("aria-invalid", String(name in faults));
  }
  for (const [name, text] of Object.entries(looks ?? {})) document.querySelector(`[data-look=${name}]`).textContent = text;
}
