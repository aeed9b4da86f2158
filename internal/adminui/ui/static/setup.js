// Takes the token of a setup link out of the address, where it would stay in the history, and sends it by POST.
"use strict";
(() => {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!token) return;
  history.replaceState(null, "", location.pathname);
  const form = document.getElementById("setup-link");
  form.elements.link.value = token;
  form.requestSubmit();
})();
