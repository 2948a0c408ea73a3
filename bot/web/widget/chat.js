// The chat: one custom element, as a page or behind a launcher.

import { cardText, cardView, dress, el, fill, icon } from "./look.js";

const LIMIT = 200; // characters, as the server counts them
const TIMEOUT = 15_000; // the server gives up on a turn after 10 s
const POLL = 2_000; // how often an unreachable server is asked whether it is back
const CHIPS = 4; // at most so many are offered
const WIDE = 52; // em, from which on there are two columns
const SIZES = ["normal", "big", "biggest"];
const SHARED = /^#\/p\/([^/]+)\/([^/]+)\/([^/]+)(?:\/.*)?$/;

/** A call that failed; `message` is for the person, `code` tells what it was. */
class CallError extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/** What stays with the browser, as far as it may. */
class Memory {
  constructor(prefix) {
    this.prefix = prefix;
    this.fallback = new Map();
  }
  get(key) {
    try {
      return localStorage.getItem(this.prefix + key);
    } catch {
      return this.fallback.get(key) ?? null;
    }
  }
  set(key, value) {
    try {
      if (value === null) localStorage.removeItem(this.prefix + key);
      else localStorage.setItem(this.prefix + key, value);
    } catch {
      this.fallback.set(key, value);
    }
  }
}

export class Assistant extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const { base, texts, mode, position, theme, name } = this.options;
    this.base = base;
    this.texts = { ...texts, name: name || texts.name };
    this.page = mode === "page";
    this.memory = new Memory(`yibao ${base} `);
    this.session = this.memory.get("session");
    this.unread = 0;
    this.setAttribute("mode", this.page ? "page" : "launcher");
    if (position) this.setAttribute("position", position);
    dress(this.attachShadow({ mode: "open" }));
    this.followTheme(theme);
    this.setSize(this.memory.get("size"));
    this.build();
    this.followKeyboard();
    addEventListener("offline", () => this.setOffline(true));
    addEventListener("online", () => this.offline && this.ask());
    addEventListener("beforeprint", () => this.shadowRoot.querySelectorAll("details").forEach((d) => (d.open = true)));
    if (this.page) {
      addEventListener("hashchange", () => this.route());
      this.route();
    }
  }

  // -- building

  build() {
    const { texts } = this;
    this.sizeButton = this.tool("size", "", () => this.nextSize());
    this.sizeButton.classList.add("word");
    this.showSize();
    this.restartButton = this.tool("restart", texts.restart, () => this.confirmRestart(true));
    const title = el(this.page ? "h1" : "h2", { id: "title" }, texts.name);
    this.header = el(
      "header",
      {},
      el("div", { className: "brand" }, title, el("p", {}, el("span", { className: "tagline" }, `${texts.tagline} · `), texts.unofficial)),
      el(
        "div",
        { className: "tools" },
        this.sizeButton,
        this.restartButton,
        this.page ? null : this.tool("close", texts.close, () => this.close()),
      ),
    );
    this.banner = el("p", { className: "banner", role: "status", hidden: true });
    this.alert = el("div", { role: "alert" });
    this.toast = el("p", { className: "toast", role: "status" });
    this.log = el("div", { className: "log", role: "log", "aria-live": "polite", "aria-label": texts.conversation });
    this.typing = el("div", { className: "typing", hidden: true }, el("i"), el("i"), el("i"), texts.waiting);
    this.scroll = el(
      "div",
      { className: "scroll", tabIndex: 0, role: "group", "aria-labelledby": "title" },
      this.page ? this.about() : null,
      this.log,
      this.typing,
    );
    this.confirmation = el(
      "div",
      { className: "confirm", role: "alertdialog", "aria-label": texts.restart, hidden: true },
      el("p", {}, texts.restart_ask),
      el("button", { type: "button", className: "chip strong", onclick: () => this.restart() }, texts.restart_yes),
      el("button", { type: "button", className: "chip", onclick: () => this.confirmRestart(false) }, texts.restart_no),
    );
    this.panel = el(
      this.page ? "main" : "section",
      { className: "panel", hidden: !this.page, onkeydown: (event) => this.onKey(event) },
      this.header,
      this.confirmation,
      this.banner,
      this.scroll,
      this.alert,
      this.composer(),
      this.toast,
    );
    if (!this.page) {
      this.panel.setAttribute("role", "dialog");
      this.panel.setAttribute("aria-labelledby", "title");
      this.badge = el("span", { className: "badge", "aria-hidden": "true", hidden: true });
      this.launcher = el(
        "button",
        { type: "button", className: "launcher", "aria-expanded": "false", onclick: () => this.open() },
        icon("chat"),
        texts.launcher,
        this.badge,
      );
      this.showUnread();
      this.shadowRoot.append(this.launcher);
    }
    this.shadowRoot.append(this.panel);
  }

  tool(name, text, onclick) {
    return el("button", { type: "button", onclick }, icon(name), el("span", {}, text));
  }

  about() {
    const { texts } = this;
    const list = (items) => el("ul", {}, ...items.split("|").map((item) => el("li", {}, item)));
    const about = el(
      "details",
      { className: "about" },
      el("summary", {}, texts.about),
      el("h2", {}, texts.about_can),
      list(texts.about_can_list),
      el("h2", {}, texts.about_not),
      list(texts.about_not_list),
      el("p", {}, texts.about_person),
    );
    new ResizeObserver(() => this.fitWidth(about)).observe(this);
    return about;
  }

  /** Beside the conversation where there is room for both in the size of print, else folded above it. */
  fitWidth(about) {
    const wide = this.clientWidth >= WIDE * parseFloat(getComputedStyle(this).fontSize);
    if (wide === this.hasAttribute("wide")) return;
    this.toggleAttribute("wide", wide);
    about.open = wide;
  }

  composer() {
    const { texts } = this;
    this.input = el("textarea", {
      rows: 1,
      placeholder: texts.placeholder,
      "aria-label": texts.input,
      "aria-describedby": "count",
      autocomplete: "off",
      enterKeyHint: "send",
      oninput: () => this.showCount(),
      onkeydown: (event) => this.onEnter(event),
    });
    this.sendButton = el("button", { type: "submit", className: "send", "aria-label": texts.send }, icon("send"));
    this.count = el("p", { className: "count", id: "count" });
    const submit = (event) => {
      event.preventDefault();
      this.submit();
    };
    const row = el("div", { className: "row" }, this.input, this.sendButton);
    this.form = el("form", { className: "composer", noValidate: true, onsubmit: submit }, row, this.count);
    this.showCount();
    return this.form;
  }

  // -- page or panel

  /** Show the card that the address names, or the chat. */
  route() {
    const shared = SHARED.exec(location.hash);
    this.sheet?.remove();
    for (const part of [this.scroll, this.form, this.restartButton]) part.hidden = Boolean(shared);
    this.confirmation.hidden = true;
    if (shared) this.showSheet(shared.slice(1).map((part) => (part ? decoded(part) : "-")));
    else this.begin();
  }

  async showSheet([procedure, channel, region]) {
    const { texts } = this;
    const toChat = el("a", { className: "chip", href: "#" }, texts.to_chat);
    const sheet = el("div", { className: "sheet" });
    this.sheet = el("div", { className: "scroll", tabIndex: 0, role: "group", "aria-labelledby": "title" }, sheet);
    this.panel.insertBefore(this.sheet, this.alert);
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries({ channel, region })) if (value !== "-") query.set(key, value);
    try {
      const { cards } = await this.call(`cards/${encodeURIComponent(procedure)}?${query}`);
      for (const card of cards) sheet.append(cardView(texts, card, { folded: false, level: 2 }));
      const print = this.action("print", texts.print, () => window.print());
      sheet.append(el("div", { className: "actions" }, print, ...this.cardActions(cards[0]), toChat));
      document.title = `${cards[0].title} - ${texts.name}`;
    } catch (error) {
      sheet.append(el("p", { className: "bubble", role: "alert" }, error.message), el("p", {}, toChat));
    }
  }

  open() {
    this.panel.hidden = false;
    this.launcher.hidden = true;
    this.toggleAttribute("open", true);
    this.unread = 0;
    this.showUnread();
    this.input.focus();
    this.begin();
  }

  close() {
    this.panel.hidden = true;
    this.launcher.hidden = false;
    this.toggleAttribute("open", false);
    this.stopReading();
    this.launcher.focus();
  }

  onKey(event) {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    if (!this.confirmation.hidden) this.confirmRestart(false);
    else if (!this.page) this.close();
  }

  showUnread() {
    const count = fill(this.texts.unread, { count: this.unread });
    this.badge.hidden = !this.unread;
    this.badge.textContent = this.unread;
    this.launcher.setAttribute("aria-label", this.unread ? `${this.texts.open}，${count}` : this.texts.open);
    this.launcher.setAttribute("aria-expanded", String(!this.panel.hidden));
  }

  // -- looks that stay

  nextSize() {
    const size = SIZES[(SIZES.indexOf(this.getAttribute("size")) + 1) % SIZES.length];
    this.memory.set("size", size);
    this.setSize(size);
    this.showSize();
    if (this.page) this.fitWidth(this.shadowRoot.querySelector(".about"));
  }

  setSize(size) {
    this.setAttribute("size", SIZES.includes(size) ? size : SIZES[0]);
  }

  showSize() {
    const { bigger, biggest, normal_size } = this.texts;
    const next = { normal: bigger, big: biggest, biggest: normal_size };
    this.sizeButton.lastChild.textContent = next[this.getAttribute("size")];
  }

  followTheme(theme) {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const show = () => this.toggleAttribute("dark", theme === "dark" || (theme !== "light" && dark.matches));
    dark.addEventListener?.("change", show);
    show();
  }

  /** Keep the input above a keyboard that covers the page. */
  followKeyboard() {
    const view = window.visualViewport;
    if (!view) return;
    const fit = () => {
      if (view.scale !== 1) return; // zoomed by hand: the person pans
      this.style.setProperty("--vv-height", `${view.height}px`);
      this.style.setProperty("--vv-top", `${view.offsetTop}px`);
    };
    view.addEventListener("resize", fit);
    view.addEventListener("scroll", fit);
    fit();
  }

  // -- the session

  /** Bring the conversation back, or start one; again when the server comes back. */
  async begin() {
    if (this.begun || this.beginning) return;
    this.beginning = true;
    try {
      const told = (await this.history()) ?? { messages: await this.newSession() };
      this.showHistory(told);
      this.begun = true;
    } catch (error) {
      if (error.code !== "offline") this.tell(error.message);
      this.setOffline(true);
    } finally {
      this.beginning = false;
    }
  }

  /** What was said last, or before a message, or null where there is no session (any more). */
  async history(before) {
    if (!this.session) return null;
    const query = before ? `?before=${encodeURIComponent(before)}` : "";
    try {
      return await this.call(`webhooks/web/sessions/${this.session}/messages${query}`);
    } catch (error) {
      if (error.code === "unknown_session") return null;
      throw error;
    }
  }

  async newSession() {
    const { session_id, messages } = await this.call("webhooks/web/sessions", {}, "POST");
    this.session = session_id;
    this.memory.set("session", session_id);
    return messages;
  }

  showHistory({ messages, earlier }) {
    this.log.replaceChildren();
    this.showPage(messages, earlier, null);
    this.scroll.scrollTop = messages.length > 1 ? this.scroll.scrollHeight : 0;
  }

  /** A page of what was said, in front of what is shown already. */
  showPage(messages, earlier, next) {
    // Not news: nothing of it is read out.
    this.log.setAttribute("aria-live", "off");
    if (earlier) this.log.insertBefore(this.earlier(messages[0].message_id), next);
    for (const message of messages) this.log.insertBefore(this.show(message), next);
    this.enableLastChips();
    setTimeout(() => this.log.setAttribute("aria-live", "polite"), 300);
  }

  earlier(before) {
    const fetch = async () => {
      button.disabled = true;
      try {
        const told = await this.history(before);
        if (!told || !button.isConnected) return;
        const height = this.scroll.scrollHeight;
        this.showPage(told.messages, told.earlier, button);
        button.remove();
        // What was in view stays there.
        this.scroll.scrollTop += this.scroll.scrollHeight - height;
        this.scroll.focus();
      } catch (error) {
        button.disabled = false;
        this.tell(error.message);
      }
    };
    const button = el("button", { type: "button", className: "plain", onclick: fetch }, this.texts.earlier);
    return button;
  }

  confirmRestart(asking) {
    this.confirmation.hidden = !asking;
    if (asking) this.confirmation.querySelector("button").focus();
    else this.restartButton.focus();
  }

  async restart() {
    this.confirmRestart(false);
    if (this.busy) return;
    this.tell("");
    try {
      const old = this.session;
      const told = await this.newSession();
      if (old) this.call(`webhooks/web/sessions/${old}`, null, "DELETE").catch(() => {});
      this.showHistory({ messages: told });
      this.begun = true;
    } catch (error) {
      this.tell(error.message);
      if (error.code === "offline") this.setOffline(true);
    }
  }

  // -- the network

  /** One call; throws a CallError with words for the person, whatever goes wrong. */
  async call(path, body = null, method = body ? "POST" : "GET", timeout = TIMEOUT) {
    const { texts } = this;
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), timeout);
    const request = { method, signal: control.signal, credentials: "omit", cache: "no-store" };
    if (body) Object.assign(request, { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
    try {
      const answer = await fetch(this.base + path, request);
      if (answer.status === 204) return null;
      const told = await answer.json().catch((error) => {
        if (control.signal.aborted) throw error;
        throw new CallError(texts.error_failed, "broken");
      });
      if (answer.ok && told && typeof told === "object") return told;
      throw new CallError(told?.error?.message ?? texts.error_failed, told?.error?.code ?? "broken");
    } catch (error) {
      if (error instanceof CallError) throw error;
      if (control.signal.aborted) throw new CallError(texts.error_timeout, "timeout");
      throw new CallError(texts.offline, "offline");
    } finally {
      clearTimeout(timer);
    }
  }

  setOffline(offline) {
    this.offline = offline;
    this.banner.hidden = !offline;
    this.banner.textContent = offline ? this.texts.offline : "";
    clearTimeout(this.poll);
    if (offline) this.poll = setTimeout(() => this.ask(), POLL);
  }

  /** Ask an unreachable server whether it is back. */
  async ask() {
    try {
      await this.call("webhooks/web/", null, "GET", POLL);
      this.setOffline(false);
      if (!this.begun && !this.sheet?.isConnected && !this.panel.hidden) this.begin();
    } catch {
      this.setOffline(true);
    }
  }

  // -- talking

  onEnter(event) {
    // While an input method composes, Enter chooses a word; Safari and old ones tell it by 229 only.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.submit();
  }

  showCount() {
    const { texts, input } = this;
    const count = [...input.value.trim()].length;
    const over = count > LIMIT;
    this.count.textContent = over ? `${count}/${LIMIT} ${fill(texts.too_long, { limit: LIMIT })}` : `${count}/${LIMIT}`;
    this.count.classList.toggle("over", over);
    this.sendable = count > 0 && !over;
    input.setAttribute("aria-invalid", String(over));
    this.sendButton.setAttribute("aria-disabled", String(!this.sendable || Boolean(this.busy)));
    input.style.height = "auto";
    if (input.value) input.style.height = `${input.scrollHeight + 4}px`;
  }

  submit() {
    if (!this.sendable || this.busy) return;
    if (this.offline || !this.begun) {
      this.ask();
      return;
    }
    const text = this.input.value.trim();
    this.input.value = "";
    this.showCount();
    this.say({ text }, text);
  }

  /** Say something: what is sent, and what is shown of it. */
  say(content, shown) {
    if (this.busy) return;
    this.log.setAttribute("aria-live", "polite");
    for (const chip of this.log.querySelectorAll(".chip")) this.disable(chip);
    const bubble = this.show({ role: "user", text: shown });
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.deliver({ client_message_id: randomId(), ...content }, bubble);
  }

  async deliver(message, bubble) {
    this.setBusy(true);
    this.tell("");
    bubble.classList.remove("failed");
    bubble.querySelector(".failure")?.remove();
    try {
      const told = await this.sent(message, bubble);
      this.setOffline(false);
      for (const answer of told) this.show(answer);
      this.enableLastChips();
      this.scroll.scrollTop = bubble.offsetTop - this.scroll.offsetTop - 8;
      if (!this.page && this.panel.hidden) {
        this.unread += told.length;
        this.showUnread();
      }
    } catch (error) {
      this.tell(error.message);
      this.markFailed(message, bubble);
      if (error.code === "offline") this.setOffline(true);
    } finally {
      this.setBusy(false);
    }
  }

  async sent(message, bubble) {
    const send = () => this.call("webhooks/web/messages", { session_id: this.session, ...message });
    let answer;
    try {
      answer = await send();
    } catch (error) {
      if (error.code !== "unknown_session") throw error;
      // Forgotten meanwhile: said again in a new session, which has not shown the button.
      await this.newSession();
      this.log.insertBefore(el("p", { className: "source" }, this.texts.expired), bubble);
      if (message.payload) {
        delete message.payload;
        message.text = bubble.querySelector(".bubble").textContent;
      }
      answer = await send();
    }
    if (!Array.isArray(answer.messages) || !answer.messages.length) {
      throw new CallError(this.texts.error_failed, "empty_answer");
    }
    return answer.messages;
  }

  markFailed(message, bubble) {
    const { texts } = this;
    const retry = () => this.busy || this.deliver(message, bubble);
    bubble.classList.add("failed");
    bubble.append(
      el(
        "div",
        { className: "failure" },
        texts.failed,
        el("button", { type: "button", className: "chip", onclick: retry }, texts.retry),
      ),
    );
    bubble.scrollIntoView({ block: "nearest" });
  }

  setBusy(busy) {
    this.busy = busy;
    this.typing.hidden = !busy;
    if (busy) this.scroll.scrollTop = this.scroll.scrollHeight;
    this.showCount();
  }

  /** Say at once what went wrong. */
  tell(message) {
    this.alert.className = message ? "alert" : "";
    this.alert.textContent = message;
  }

  /** Say in passing that something was done. */
  mention(message) {
    this.toast.textContent = message;
    clearTimeout(this.fading);
    this.fading = setTimeout(() => (this.toast.textContent = ""), 3_000);
  }

  // -- messages

  show(message) {
    const mine = message.role === "user";
    const greeting = message.message_id?.startsWith("start-");
    const who = el("span", { className: "unseen" }, mine ? this.texts.you : this.texts.bot);
    const element = el("div", { className: mine ? "message mine" : "message bot" }, who);
    if (message.card) {
      element.classList.add("has-card");
      element.append(cardView(this.texts, message.card, { text: message.text, changes: this.changes() }));
    } else {
      element.append(el("div", { className: "bubble" }, message.text));
    }
    if (!mine && !greeting) element.append(this.actions(message));
    if (message.buttons?.length) element.append(this.chips(message.buttons));
    this.log.append(element);
    return element;
  }

  chips(buttons) {
    const chip = ({ title, payload }) =>
      el("button", { type: "button", className: "chip", onclick: () => this.say({ payload }, title) }, title);
    return el("div", { className: "chips" }, ...buttons.slice(0, CHIPS).map(chip));
  }

  enableLastChips() {
    const messages = [...this.log.querySelectorAll(".message")];
    const last = messages.map((message) => message.matches(".mine")).lastIndexOf(true);
    messages.forEach((message, index) => {
      for (const chip of message.querySelectorAll(".chips .chip")) {
        if (index > last) chip.disabled = false;
        else this.disable(chip);
      }
    });
  }

  disable(chip) {
    // Focus must not fall out of the panel with the button that had it.
    if (this.shadowRoot.activeElement === chip) this.scroll.focus();
    chip.disabled = true;
  }

  /** The buttons on a card's channel and region: said as typed, so they work on old cards too. */
  changes() {
    const button = (text) => el("button", { type: "button", onclick: () => this.say({ text }, text) }, text);
    return { channel: button(this.texts.change_channel), region: button(this.texts.change_region) };
  }

  actions(message) {
    const { texts } = this;
    const actions = message.card ? this.cardActions(message.card, message.text) : [this.readAction(message.text)];
    const votes = [
      this.action("thumb", texts.helpful, () => this.vote(message, 1, votes)),
      this.action("thumb", texts.unhelpful, () => this.vote(message, -1, votes)),
    ];
    votes[1].classList.add("down");
    for (const vote of votes) {
      vote.setAttribute("aria-label", vote.textContent);
      vote.title = vote.textContent;
      vote.lastChild.remove();
    }
    this.showVote(message.feedback, votes);
    return el("div", { className: "actions" }, ...actions, ...votes);
  }

  cardActions(card, text) {
    const { texts } = this;
    const read = this.readAction(text ?? cardText(texts, card));
    if (!card.steps.length) return [read];
    const { procedure, channel, region } = card;
    const link = `${this.base}#/p/${[procedure, channel ?? "-", region ?? "-"].map(encodeURIComponent).join("/")}`;
    return [
      this.action("copy", texts.copy, () => this.copy(cardText(texts, card), texts.copied)),
      read,
      procedure ? this.action("share", texts.share, () => this.share(card.title, link)) : null,
    ];
  }

  action(name, text, onclick) {
    return el("button", { type: "button", className: "plain", onclick }, icon(name), el("span", {}, text));
  }

  readAction(text) {
    if (!("speechSynthesis" in window)) return null;
    const button = this.action("speak", this.texts.read, () => this.read(button, text));
    button.setAttribute("aria-pressed", "false");
    return button;
  }

  read(button, text) {
    const again = this.reading === button;
    this.stopReading();
    if (again) return;
    this.reading = button;
    button.setAttribute("aria-pressed", "true");
    button.lastChild.textContent = this.texts.stop_reading;
    // A line at a time: some voices stop after 15 s.
    const lines = text.split("\n").filter((line) => line.trim());
    lines.forEach((line, index) => {
      const utterance = new SpeechSynthesisUtterance(line);
      utterance.lang = "zh-CN";
      utterance.rate = 0.9;
      if (index === lines.length - 1) utterance.onend = () => this.reading === button && this.stopReading();
      speechSynthesis.speak(utterance);
    });
  }

  stopReading() {
    if (!this.reading) return;
    speechSynthesis.cancel();
    this.reading.setAttribute("aria-pressed", "false");
    this.reading.lastChild.textContent = this.texts.read;
    this.reading = null;
  }

  async vote(message, value, buttons) {
    if (message.feedback === value) return;
    const before = message.feedback;
    message.feedback = value;
    this.showVote(value, buttons);
    try {
      await this.call("webhooks/web/feedback", { session_id: this.session, message_id: message.message_id, value });
      this.mention(this.texts.thanks);
    } catch (error) {
      message.feedback = before;
      this.showVote(before, buttons);
      this.tell(error.message);
    }
  }

  showVote(value, [up, down]) {
    up.setAttribute("aria-pressed", String(value === 1));
    down.setAttribute("aria-pressed", String(value === -1));
  }

  async share(title, url) {
    if (!navigator.share) {
      this.copy(url, this.texts.share_copied);
      return;
    }
    try {
      await navigator.share({ title, url });
    } catch (error) {
      if (error.name !== "AbortError") this.copy(url, this.texts.share_copied);
    }
  }

  async copy(text, done) {
    try {
      await navigator.clipboard.writeText(text);
      this.mention(done);
    } catch {
      // Not a secure context, or not allowed: the old way.
      const area = el("textarea", { value: text, className: "unseen" });
      this.panel.append(area);
      const focused = this.shadowRoot.activeElement;
      area.select();
      this.mention(document.execCommand("copy") ? done : this.texts.copy_failed);
      area.remove();
      focused?.focus();
    }
  }
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a link cut short: the server does not know it and says so
  }
}

function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
