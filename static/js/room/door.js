// @ts-check
import { solve } from "./lib/challenge.js";

const TRIES = 400;

/* Works on the challenge in small pieces, so that the page stays quick, then opens the door. */
const form = document.querySelector("form[data-challenge]");
if (form instanceof HTMLFormElement) {
  const nonce = /** @type {HTMLInputElement} */ (form.elements.namedItem("nonce"));
  let from = 0;
  form.addEventListener("submit", (event) => {
    if (nonce.value) return;
    event.preventDefault();
    form.querySelector("button")?.setAttribute("aria-busy", "true");
    const piece = () => {
      const found = solve(form.dataset.challenge ?? "", Number(form.dataset.bits), from, TRIES);
      from += TRIES;
      if (found === null) return void setTimeout(piece);
      nonce.value = String(found);
      form.submit();
    };
    piece();
  });
}
