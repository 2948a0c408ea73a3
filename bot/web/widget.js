// The one tag: <script src="https://…/widget.js"></script>; its data-* attributes are in docs/widget.md.
// A classic script, since a module does not know its own tag; the rest are modules from the same place.
(() => {
  const { src, dataset } = document.currentScript;
  const base = new URL(".", src).href;
  const texts = /* texts */ {};
  const start = ({ Assistant }) => {
    if (!customElements.get("yibao-assistant")) customElements.define("yibao-assistant", Assistant);
    const assistant = document.createElement("yibao-assistant");
    assistant.options = { ...dataset, base, texts };
    const place = () => document.body.append(assistant);
    if (document.body) place();
    else addEventListener("DOMContentLoaded", place);
  };
  import(`${base}widget/chat.js`).then(start);
})();
