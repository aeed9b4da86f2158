// Asks the device for a passkey. Each form that does names what to begin and what to finish; without scripts it stays hidden.
"use strict";
(() => {
  async function send(form, path, fields) {
    const body = new URLSearchParams({ _token: form.elements._token.value, ...fields });
    const answer = await fetch(path, { method: "POST", body, headers: { Accept: "application/json" } });
    const json = (answer.headers.get("Content-Type") || "").startsWith("application/json");
    const said = json ? await answer.json() : { error: "The server did not answer. Load the page again." };
    if (said.error) throw new Error(said.error);
    return said;
  }

  async function ask(form) {
    const { publicKey } = await send(form, form.dataset.begin, {});
    const credential = form.dataset.passkey === "add"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
    const fields = { answer: JSON.stringify(credential.toJSON()) };
    for (const name of ["name", "next"]) if (form.elements[name]) fields[name] = form.elements[name].value;
    location.assign((await send(form, form.action, fields)).to);
  }

  const number = /^[\d.]+$|^\[/.test(location.hostname); // passkeys belong to names
  const known = !number && window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;
  document.querySelectorAll("form[data-passkey]").forEach((form) => {
    if (!known) return;
    form.hidden = false;
    const told = form.querySelector("[role=alert]");
    form.addEventListener("submit", async (e) => {
      e.preventDefault();
      told.hidden = true;
      try {
        await ask(form);
      } catch (err) {
        const mine = err.name === "Error";
        told.textContent = mine ? err.message : "The device gave no passkey. Try again, or use your password.";
        told.hidden = false;
      }
    });
  });
})();
