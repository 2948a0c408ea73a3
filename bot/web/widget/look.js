// What things look like: elements, icons, the card, the style sheet. Texts go in as text nodes only.

const SVG = "http://www.w3.org/2000/svg";

const MERE = 5; // characters of an answer that says yes or no and nothing more

const ICONS = {
  chat: "M4 4h16v12H9l-5 4z",
  close: "M6 6l12 12M18 6L6 18",
  send: "M12 20V5M5 12l7-7 7 7",
  thumb: "M7 11v9H4v-9zM7 11l4-8c1.7 0 2.6 1.3 2.2 3l-.7 3H19a2 2 0 0 1 2 2.4l-1.2 7a2 2 0 0 1-2 1.6H7",
  speak: "M4 9v6h4l5 4V5L8 9zM16.5 8.5a5 5 0 0 1 0 7",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  share: "M4 12v8h16v-8M12 15V3M8 7l4-4 4 4",
  print: "M7 8V3h10v5M7 17H4V8h16v9h-3M7 14h10v7H7z",
  restart: "M4 12a8 8 0 1 0 3-6.2M4 4v5h5",
  size: "M3 19L9 5l6 14M5 15h8M16 12h6M19 9v6",
};

/** An element; `props` are properties, on* listeners, or attributes where there is no such property. */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** A phrase with its {names} filled in. */
export function fill(phrase, values) {
  return phrase.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/**
 * A card: what answers comes first and large, the rest is folded.
 *
 * `text` is the message around it, `changes` are buttons beside its channel and region, `folded` is false on paper.
 */
export function cardView(texts, card, { text = "", changes = {}, folded = true, level = 3 } = {}) {
  const point = card.lead === card.title && !card.steps.length;
  const opening = said(text, card);
  // As short as the message itself: a lead that it leaves out is a note.
  const known = [...new Set([...(card.notices ?? []), card.lead])].filter((line) => line && (!text || text.includes(line)));
  return el(
    "article",
    { className: point ? "card point" : "card" },
    opening ? el("p", {}, opening) : null,
    ...(point ? pointView(card, level) : wayView(texts, card, known, changes, level)),
    folds(texts, card, point ? [] : notesBut(known, card), shortSource(text), folded),
  );
}

/** The answer, and the line that it rests on. */
function pointView({ lead, notes }, level) {
  // Large is its first sentence, which goes on after a mere "行。".
  const end = lead.indexOf("。", MERE) + 1 || lead.length;
  const [first, rest] = [lead.slice(0, end), lead.slice(end)];
  return [heading(level, first), ...[rest, ...notes].filter(Boolean).map((line) => el("p", {}, line))];
}

/** What to know before the first step, then the steps. */
function wayView(texts, card, known, changes, level) {
  const place = (text, change) => text && el("span", { className: "place" }, el("span", {}, text), change);
  const { channel, region } = card.labels ?? {};
  return [
    heading(level, card.title),
    ...known.map((line) => el("p", { className: "notice" }, line)),
    card.steps.length ? el("ol", { "aria-label": texts.steps }, ...items(card.steps)) : null,
    channel || region
      ? el(
          "p",
          { className: "places" },
          place(channel && fill(texts.channel, { channel }), changes.channel),
          place(region && fill(texts.region, { region }), changes.region),
        )
      : null,
  ];
}

function notesBut(known, { lead, summary, notes }) {
  return [...new Set([lead, summary, ...notes])].filter((line) => line && !known.includes(line));
}

/** What is asked for less often: materials, time, notes, the source in full. */
function folds(texts, card, notes, source, folded) {
  const fold = (title, told, className = "") =>
    told.length
      ? el(
          "details",
          { className, open: !folded },
          el("summary", {}, el("span", {}, ...[title].flat())),
          told.length > 1 ? el("ul", {}, ...items(told)) : el("p", {}, told[0]),
        )
      : null;
  const found = [
    fold(texts.materials, card.materials),
    fold(texts.duration, card.duration ? [card.duration] : []),
    fold(fill(texts.notes, { count: notes.length }), notes, "notes"),
    fold(source ? unbroken(source) : texts.source, card.source ? [sourceLine(card)] : [], "cite"),
  ].filter(Boolean);
  return found.length ? el("div", { className: "folds" }, ...found) : null;
}

/** What a message says before the card's own words, such as "别急。". */
function said(text, { title, summary, notices = [] }) {
  const at = [title, summary].map((own) => (own ? text.indexOf(own) : -1)).find((place) => place >= 0) ?? 0;
  return notices.reduce((rest, notice) => rest.replace(notice, ""), text.slice(0, at)).trim();
}

/** The short source at a message's foot, without its brackets; undefined where it has none. */
function shortSource(text) {
  return /\n（(.+)）$/.exec(text)?.[1];
}

/** Its last part kept on one line: "以当地为准". */
function unbroken(line) {
  const at = line.lastIndexOf("，") + 1;
  return [line.slice(0, at), el("span", { className: "whole" }, line.slice(at))];
}

/** The card as plain text, the steps numbered. */
export function cardText(texts, card) {
  return [
    card.title,
    ...(card.notices ?? []),
    ...card.steps.map((step, index) => `${index + 1}. ${step}`),
    ...(card.materials.length ? [`${texts.materials}：${card.materials.join("；")}`] : []),
    card.source ? `${texts.source}：${sourceLine(card)}` : card.disclaimer,
  ].join("\n");
}

function sourceLine({ source: { document: title, section, as_of }, disclaimer }) {
  const line = [`《${title}》`, section && `“${section}”`, as_of].filter(Boolean).join("，");
  return `${line}。${disclaimer}`;
}

function items(texts) {
  return texts.map((text) => el("li", {}, text));
}

function heading(level, text) {
  return el(`h${level}`, {}, text);
}

/** Put the style sheet into a shadow root. */
export function dress(root) {
  if ("adoptedStyleSheets" in root && "replaceSync" in CSSStyleSheet.prototype) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } else {
    root.append(el("style", {}, STYLE)); // phones of before 2023
  }
}

const STYLE = `
/* !important inside a shadow tree wins over the page's own !important; only the --yibao-* properties come in. */
:host {
  all: initial !important;
  direction: ltr !important;
  display: block !important;
  font-family: var(--yibao-font, system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif) !important;
  font-size: 18px !important;
  line-height: 1.55 !important;
  color: var(--text) !important;
  --accent: var(--yibao-accent, #0b6b5d);
  --on-accent: var(--yibao-on-accent, #fff);
  --back: var(--yibao-background, #f3f6f4);
  --surface: var(--yibao-surface, #fff);
  --text: var(--yibao-text, #1b2522);
  --muted: var(--yibao-muted, #50605b);
  --line: var(--yibao-line, #cfd9d5);
  --mine: var(--yibao-mine, #d9efe9);
  --head: var(--yibao-head, var(--accent));
  --on-head: var(--yibao-on-head, var(--on-accent));
  --error: #ac1f16;
  --radius: var(--yibao-radius, 16px);
  --target: 44px;
  -webkit-tap-highlight-color: transparent;
}
:host([dark]) {
  --accent: var(--yibao-accent-dark, #6fd3bf);
  --on-accent: var(--yibao-on-accent-dark, #06231d);
  --back: var(--yibao-background-dark, #111917);
  --surface: var(--yibao-surface-dark, #1c2724);
  --text: var(--yibao-text-dark, #e9f0ed);
  --muted: var(--yibao-muted-dark, #a9bab4);
  --line: var(--yibao-line-dark, #3a4a45);
  --mine: var(--yibao-mine-dark, #174239);
  --head: var(--yibao-head-dark, #12352e);
  --on-head: var(--yibao-on-head-dark, #e9f0ed);
  --error: #ffb4ab;
}
:host([size="big"]) { font-size: 24px !important; --target: 60px; }
:host([size="biggest"]) { font-size: 30px !important; --target: 60px; }
:host([mode="page"]) {
  position: fixed !important;
  inset: var(--vv-top, 0) 0 auto 0 !important;
  height: var(--vv-height, 100dvh) !important;
}
:host([mode="launcher"]) {
  position: fixed !important;
  z-index: var(--yibao-z-index, 2147483000) !important;
  inset: auto max(16px, env(safe-area-inset-right)) max(16px, env(safe-area-inset-bottom)) auto !important;
}
:host([mode="launcher"][position="left"]) {
  inset: auto auto max(16px, env(safe-area-inset-bottom)) max(16px, env(safe-area-inset-left)) !important;
}

* { box-sizing: border-box; }
[hidden] { display: none !important; }
h1, h2, h3, h4, p, ol, ul { margin: 0; padding: 0; font-weight: inherit; font-size: inherit; }
button, textarea { font: inherit; color: inherit; margin: 0; }
button { cursor: pointer; min-height: var(--target); min-width: var(--target); }
button:disabled { cursor: default; }
svg { width: 1.25em; height: 1.25em; flex: none; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.launcher {
  display: flex; align-items: center; gap: .5em; min-height: 60px; padding: .4em 1.1em;
  border: 2px solid transparent; border-radius: 999px; background: var(--accent); color: var(--on-accent);
  font-weight: 600; box-shadow: 0 4px 16px rgb(0 0 0 / .25);
}
.badge {
  min-width: 1.6em; padding: 0 .4em; border-radius: 999px; background: #fff; color: #ac1f16; font-size: .85em; text-align: center;
}

.panel { display: flex; flex-direction: column; background: var(--back); color: var(--text); overflow: hidden; overflow-wrap: anywhere; }
:host([mode="page"]) .panel { height: 100%; }
:host([mode="launcher"]) .panel {
  position: absolute; right: 0; bottom: 0; width: min(26em, calc(100vw - 32px)); height: min(42em, calc(100dvh - 32px));
  border: 1px solid var(--line); border-radius: var(--radius); box-shadow: 0 8px 40px rgb(0 0 0 / .3);
}
:host([mode="launcher"][position="left"]) .panel { right: auto; left: 0; }

header {
  display: flex; flex-wrap: wrap; align-items: center; gap: .3em .6em; flex: none;
  padding: max(.5em, env(safe-area-inset-top)) max(.8em, env(safe-area-inset-right)) .5em max(.8em, env(safe-area-inset-left));
  background: var(--head); color: var(--on-head); font-size: min(1em, 24px);
}
header :focus-visible { outline-color: currentColor; }
.brand { flex: 1 1 7em; min-width: 0; }
.brand h1, .brand h2 { font-size: 1.15em; font-weight: 700; line-height: 1.3; }
.brand p { font-size: .8em; line-height: 1.35; }
header .tools { display: flex; flex-wrap: wrap; gap: .2em; }
header button {
  display: flex; align-items: center; justify-content: center; gap: .3em; padding: .2em .5em; font-size: .85em;
  border: 1px solid transparent; border-radius: 10px; background: none;
}
header button:hover { border-color: currentColor; }

.banner, .alert, .confirm { flex: none; padding: .5em 1em; font-size: .95em; }
.banner { background: #5a4300; color: #fff; }
.alert { background: var(--surface); color: var(--error); border-top: 2px solid currentColor; }
.confirm { display: flex; flex-wrap: wrap; align-items: center; gap: .5em; background: var(--surface); border-bottom: 1px solid var(--line); }
.confirm p { flex: 1 1 12em; }

.scroll { flex: 1 1 auto; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: .8em max(.8em, env(safe-area-inset-right)) 1em max(.8em, env(safe-area-inset-left)); }
.scroll:focus-visible { outline-offset: -3px; }
.about { margin: 0 auto .9em; max-width: 46em; font-size: .9em; }
.about summary { color: var(--muted); }
.about h2 { font-weight: 700; margin-top: .6em; }
.about ul { padding-left: 1.2em; color: var(--muted); }
.about p { margin-top: .6em; color: var(--muted); }
summary { cursor: pointer; min-height: var(--target); display: flex; align-items: center; gap: .4em; font-weight: 600; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before { content: ""; flex: none; width: .5em; height: .5em; border: solid currentColor; border-width: 0 2px 2px 0; transform: rotate(-45deg); }
[open] > summary::before { transform: rotate(45deg); }

.log { display: flex; flex-direction: column; gap: .9em; max-width: 42em; margin: 0 auto; }
.message { display: flex; flex-direction: column; align-items: flex-start; gap: .5em; }
.message.mine { align-items: flex-end; }
.bubble { max-width: 100%; padding: .6em .9em; border-radius: var(--radius); background: var(--surface); border: 1px solid var(--line); white-space: pre-wrap; }
.bot .bubble { border-bottom-left-radius: 4px; }
.mine .bubble { max-width: 88%; background: var(--mine); border-color: transparent; border-bottom-right-radius: 4px; }
.failed .bubble { border: 2px dashed var(--error); }
.failure { display: flex; flex-wrap: wrap; align-items: center; gap: .5em; color: var(--error); font-size: .9em; }
.typing { display: flex; align-items: center; gap: .5em; max-width: 42em; margin: .9em auto 0; color: var(--muted); }
.typing i { width: .5em; height: .5em; border-radius: 50%; background: var(--accent); animation: beat 1.2s infinite; }
.typing i:nth-child(2) { animation-delay: .2s; }
.typing i:nth-child(3) { animation-delay: .4s; }
@keyframes beat { 0%, 60%, 100% { opacity: .25; } 30% { opacity: 1; } }

.card { width: 100%; padding: .9em .85em; border-radius: var(--radius); background: var(--surface); border: 1px solid var(--line); border-top: 5px solid var(--accent); }
.card h3, .card h2 { font-size: 1.15em; font-weight: 700; line-height: 1.35; }
.card > * + * { margin-top: .6em; }
.point h3, .point h2 { font-size: min(1.3em, 32px); line-height: 1.4; }
.places { display: flex; flex-wrap: wrap; gap: .5em; }
.place { display: inline-flex; flex-wrap: wrap; align-items: center; gap: 0 .3em; padding: 0 .2em 0 .8em; border-radius: 14px; background: var(--back); font-size: .9em; min-height: 2em; padding-right: .8em; }
.place button { border: 0; background: none; color: var(--accent); text-decoration: underline; text-underline-offset: .2em; padding: 0 .4em; }
.place:has(button) { padding-right: .2em; }
.notice { padding: .5em .8em; border-left: 4px solid var(--accent); background: var(--back); border-radius: 0 8px 8px 0; }
.card ol { list-style: none; counter-reset: step; display: grid; gap: .6em; }
.card ol li { counter-increment: step; display: grid; grid-template-columns: 1.8em 1fr; gap: .5em; }
.card ol li::before { content: counter(step); width: 1.75em; height: 1.75em; border-radius: 50%; background: var(--accent); color: var(--on-accent); font-weight: 700; display: grid; place-items: center; font-size: .95em; line-height: 1; }
.card ul { padding-left: 1.2em; }
.folds { display: flex; flex-wrap: wrap; gap: 0 1.1em; border-top: 1px solid var(--line); margin-bottom: -.6em; }
.folds details { min-width: 0; }
.folds [open], .folds .cite { flex: 1 0 100%; padding-bottom: .6em; }
.folds .cite:not([open]) { padding: 0; }
.folds summary { font-size: .9em; color: var(--accent); }
.folds .cite summary { color: var(--muted); font-weight: 400; font-size: .87em; }
.whole { white-space: nowrap; }
.folds .cite { font-size: .9em; color: var(--muted); }
.folds li + li { margin-top: .35em; }
.source { font-size: .85em; color: var(--muted); }

.chips, .actions { display: flex; flex-wrap: wrap; gap: .5em; }
.chip { padding: .25em 1em; border: 2px solid var(--accent); border-radius: 999px; background: var(--surface); color: var(--accent); font-weight: 600; text-align: left; }
.chip:hover:enabled { background: var(--mine); }
.chip:disabled { border-color: var(--line); color: var(--muted); font-weight: 400; }
.plain { display: inline-flex; align-items: center; justify-content: center; gap: .35em; padding: .2em .7em; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); color: var(--text); font-size: .9em; }
.plain:hover { border-color: var(--accent); }
.plain[aria-pressed="true"] { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.bot:not(.has-card) .plain { border-color: transparent; background: none; color: var(--muted); }
.bot:not(.has-card) .plain[aria-pressed="true"] { background: var(--accent); color: var(--on-accent); }
.bot:not(.has-card) .actions { gap: 0; }
.strong { background: var(--accent); color: var(--on-accent); border-color: var(--accent); }
.down svg { transform: rotate(180deg); }

.composer { flex: none; background: var(--surface); border-top: 1px solid var(--line); padding: .6em max(.8em, env(safe-area-inset-right)) max(.4em, env(safe-area-inset-bottom)) max(.8em, env(safe-area-inset-left)); }
.composer .row { display: flex; align-items: flex-end; gap: .5em; max-width: 42em; margin: 0 auto; }
textarea {
  flex: 1; min-width: 0; resize: none; min-height: calc(var(--target) + 4px); max-height: 7.5em; padding: .5em .7em; line-height: 1.5;
  border: 2px solid var(--muted); border-radius: 14px; background: var(--back); color: var(--text); overflow-y: auto;
}
textarea::placeholder { color: var(--muted); opacity: 1; }
textarea:focus { outline: 3px solid var(--accent); outline-offset: 0; border-color: var(--accent); }
textarea[aria-invalid="true"] { border-color: var(--error); }
.send { display: grid; place-items: center; flex: none; width: calc(var(--target) + 4px); height: calc(var(--target) + 4px); border: 2px solid transparent; border-radius: 14px; background: var(--accent); color: var(--on-accent); }
.send[aria-disabled="true"] { background: var(--line); color: var(--muted); cursor: default; }
.count { max-width: 42em; margin: .15em auto 0; font-size: .8em; color: var(--muted); text-align: right; line-height: 1.3; }
.count.over { color: var(--error); font-weight: 700; }
.toast { position: absolute; left: 50%; bottom: 6.5em; transform: translateX(-50%); padding: .4em 1em; border-radius: 999px; background: var(--text); color: var(--back); font-size: .9em; width: max-content; max-width: 90%; }
.toast:empty { display: none; }

.sheet { max-width: 44em; margin: 0 auto; display: grid; gap: 1em; }
.sheet .card { border-top-width: 5px; }

:host([wide]) header, :host([wide]) .composer, :host([wide]) .scroll:has(.about) { padding-left: max(1em, calc((100% - 64em) / 2)); padding-right: max(1em, calc((100% - 64em) / 2)); }
:host([wide]) .scroll:has(.about) { display: grid; grid-template-columns: 18em 1fr; grid-template-rows: auto 1fr; column-gap: 2em; padding-top: 1.4em; align-items: start; }
:host([wide]) .about { position: sticky; top: 0; grid-row: 1 / span 2; margin: 0; padding: 1.1em 1.2em 1.2em; background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); }
:host([wide]) .about summary { display: none; }
:host([wide]) .about h2:first-of-type { margin-top: 0; }
:host([wide]) .log, :host([wide]) .typing, :host([wide]) .composer .row, :host([wide]) .count { max-width: none; margin-left: 0; margin-right: 0; width: 100%; }
:host([wide]) .composer .row { margin-left: 20em; width: auto; }
@media (max-width: 480px) {
  :host([mode="launcher"][open]) { inset: var(--vv-top, 0) 0 auto 0 !important; height: var(--vv-height, 100dvh) !important; }
  :host([mode="launcher"]) .panel { position: static; width: 100%; height: 100%; border: 0; border-radius: 0; }
}
@media (max-width: 480px) {
  .tagline { display: none; }
  header .tools button:not(.word) span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; scroll-behavior: auto !important; } .typing i { opacity: .7; } }
@media (forced-colors: active) {
  .launcher, .panel, .card, .bubble, .chip, .plain, .send, .toast, textarea, header { border: 1px solid CanvasText; }
  .card ol li::before { border: 1px solid CanvasText; forced-color-adjust: auto; }
  .plain[aria-pressed="true"] { forced-color-adjust: none; background: Highlight; color: HighlightText; }
  .typing i { background: CanvasText; }
}
@media print {
  :host([mode]) { position: static !important; height: auto !important; color: #000 !important; --text: #000; --muted: #333; --surface: #fff; --back: #fff; --accent: #000; --on-accent: #fff; --line: #999; font-size: 14pt !important; }
  :host([mode="launcher"]) { display: none !important; }
  .panel { height: auto !important; overflow: visible; }
  .scroll { overflow: visible; display: block !important; padding: 0 !important; }
  header { background: none; color: #000; padding: 0 0 .5em !important; }
  header .tools, .composer, .actions, .chips, .about, .alert, .banner, .toast, .typing, .place button { display: none !important; }
  .card { border: 0; padding: 0; break-inside: auto; }
  .card li { break-inside: avoid; }
  .card ol li::before { background: none; color: #000; border: 1px solid #000; }
}
`;
