// Which variables are the weight, strata, clusters and population sizes: as this copy of the page remembers, else guessed from
// what an SPSS file says and from usual names. A guess is a proposal: it is shown, and results say so until it is confirmed.
import { element, fill, find } from "./dom.js";
import { save } from "./take.js";
import { say } from "./words.js";

const usual = {
  weights: /^(weight|weights|wt|wgt|gewicht|gewichten|weging|weegfactor|wegingsfactor|.*_(weight|gewicht|wgt))$/i,
  strata: /^(stratum|strata|strat|laag|steekproeflaag|.*_(stratum|laag))$/i,
  cluster: /^(psu|cluster|clusters|clusternr|cluster_?id|primary_sampling_unit|steekproefeenheid)$/i,
  fpc: /^(fpc|pop_?size|population_?size|populatie_?omvang|populatiegrootte|stratum_?omvang|n_?pop)$/i,
};

export const roles = Object.keys(usual);

// A tally has a design of its own, and takes none.
export const isTally = (variables) => variables.some(({ kind }) => kind === "tally" || kind === "measure");

// The page as it was when it was opened, and what it remembers: names of each role. A page from disk has no reliable storage of
// its own (localStorage is shared by all files, or refused), so a copy of the page is the memory: it can be seen, moved, deleted.
const pristine = document.documentElement.cloneNode(true);
const remembered = JSON.parse(find("weeg-settings").textContent.trim() || "{}");

// Variables as web_variables() lists them: {weights, strata, cluster, fpc} by name or null, and how each was found.
export function guessRoles(variables) {
  const guess = { how: {}, confirmed: false };
  for (const role of roles) {
    guess[role] = null;
    if (isTally(variables)) continue;
    const known = variables.find((v) => remembered[role]?.includes(v.variable));
    const declared = role === "weights" ? variables.find((v) => v.role === "weight") : undefined;
    const named = variables.find((v) => usual[role].test(v.variable) && (!["weights", "fpc"].includes(role) || v.kind === "number"));
    guess[role] = (known ?? declared ?? named)?.variable ?? null;
    if (guess[role] !== null) guess.how[role] = known !== undefined ? "page" : declared !== undefined ? "file" : "name";
  }
  return guess;
}

// A copy of the page that knows these roles besides those that it knew. JSON without "<" is no HTML, whatever names are.
function pageWith(chosen) {
  const known = Object.fromEntries(roles.map((role) => [role, [...new Set([...(remembered[role] ?? []), chosen(role)])].filter(Boolean)]));
  const copy = pristine.cloneNode(true);
  copy.querySelector("#weeg-settings").textContent = JSON.stringify(known).replace(/</g, "\\u003c");
  return `<!DOCTYPE html>\n${copy.outerHTML}\n`;
}

// chosen(role): the name at hand or null; again(): shows all of this once more.
export function showGuesses({ variables }, guess, chosen, again) {
  const notes = { file: "guessedFile", name: "guessedName", page: "guessedPage" };
  const shown = roles.filter((role) => guess.how[role] !== undefined && chosen(role) === guess[role]);
  const open = guess.confirmed ? [] : shown.filter((role) => guess.how[role] === "name");
  find("design-part").hidden = isTally(variables);
  fill("guessed", ...shown.map((role) => element("li", {}, say(guess.confirmed && guess.how[role] === "name" ? "confirmedName"
    : notes[guess.how[role]], { name: guess[role], role: say(role).toLowerCase() }))));
  fill("guesses", ...(open.length === 0 ? [] : [element("button", { type: "button", id: "confirm", onclick() {
    guess.confirmed = true;
    again();
  } }, say("confirm"))]),
  // a page of a server has its program there
  ...(find("weeg-program").dataset.url === undefined && roles.some((role) => chosen(role) !== null) ? [element("button", { type: "button", id: "save-page", onclick() {
    save("weeg.html", "text/html", pageWith(chosen));
  } }, say("savePage"))] : []));
  fill("unconfirmed", open.length === 0 ? "" : say("unconfirmed", { names: open.map((role) => guess[role]).join(", ") }));
}
