// What the pages do beyond HTML. Everything here is an improvement: without it the pages still work.
"use strict";
(() => {
  const each = (root, selector, fn) => root.querySelectorAll(selector).forEach(fn);
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

  // What scrolls sideways must be reached by the keyboard, and what does not must not be a stop on the way.
  const scrolls = new ResizeObserver((entries) => entries.forEach(({ target: t }) => {
    if (t.scrollWidth > t.clientWidth) t.tabIndex = 0; else t.removeAttribute("tabindex");
  }));

  function improve(root) {
    each(root, ".scroll", (d) => { scrolls.observe(d); });
    each(root, "time[datetime]", (t) => { t.textContent = ("day" in t.dataset ? day : local).format(new Date(t.dateTime)); });
    each(root, "button[data-copy]", (b) => { if (navigator.clipboard) b.hidden = false; });
    each(root, "[data-confirm]", (input) => {
      const button = input.form.querySelector("button[type=submit]");
      const plain = (text) => ("fold" in input.dataset ? text.trim().toLowerCase() : text);
      const check = () => { button.disabled = plain(input.value) !== plain(input.dataset.confirm); };
      input.addEventListener("input", check);
      check();
    });
    each(root, "dialog[data-open]", (d) => { if (!d.matches(":modal")) { d.removeAttribute("open"); d.showModal(); } });
  }

  document.addEventListener("click", async (e) => {
    const copy = e.target.closest("button[data-copy]");
    if (copy) {
      await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent);
      copy.firstChild.textContent = "Copied";
      setTimeout(() => { copy.firstChild.textContent = "Copy"; }, 2000);
    }
    const all = e.target.closest("input[data-all]");
    if (all) each(document, `input[name="${CSS.escape(all.dataset.all)}"]`, (i) => { i.checked = all.checked; });
  });
  // What is shown once leaves the page with its reader: a browser may keep the whole page for its back button.
  addEventListener("pagehide", () => each(document, "[data-once]", (e) => e.remove()));

  // What could not be brought up to date says so itself, once; whatever replaces it takes the words away.
  function stale({ detail: { target } }) {
    if (target.querySelector(".stale")) return;
    const alert = Object.assign(document.createElement("p"), { className: "alert stale", textContent: "This part could not be brought up to date. Load the page again." });
    alert.setAttribute("role", "alert");
    target.prepend(alert);
  }
  document.addEventListener("htmx:sendError", stale);
  document.addEventListener("htmx:responseError", stale);
  document.addEventListener("DOMContentLoaded", () => improve(document));
  document.addEventListener("htmx:load", (e) => improve(e.detail.elt));
})();
