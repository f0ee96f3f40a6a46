// The page: what is open and chosen, and what happens on a click.
import { element, fill, find } from "./dom.js";
import { Engine } from "./engine.js";
import { askTable, askTally, askVariables } from "./ask.js";
import { showReport } from "./report.js";
import { guessRoles, roles } from "./roles.js";
import { crossTable, flagNotes, testInWords } from "./table.js";
import { offer } from "./takers.js";
import { labelOf, options, readVariables, showVariables } from "./variables.js";
import { currentLanguage, number, say, useLanguage } from "./words.js";

const engine = new Engine();
const state = { file: null, list: null, guess: null, shown: null };
let turn = 0; // of requests: what comes of an earlier one is not shown

const label = (name) => labelOf(state.list.variables.find((variable) => variable.variable === name));
const status = (text) => fill("status", text);
const problem = (text) => fill("problem", text);

// ---- words ----

function translate() {
  document.documentElement.lang = currentLanguage();
  document.title = say("title");
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  showReport();
  if (state.list !== null) {
    showVariables(state.list);
    showPickers();
    if (state.shown !== null) showResult(state.shown);
  }
}

// ---- choices ----

function pick(id, none) {
  const chosen = find(id).value;
  fill(id, ...options(state.list.variables, none));
  find(id).value = chosen;
}

function showPickers() {
  pick("outcome", say("pick"));
  for (const id of ["group", ...roles]) pick(id, say("none"));
  const notes = roles.filter((role) => state.guess.how[role] !== undefined && find(role).value === state.guess[role])
    .map((role) => (state.guess.how[role] === "file" ? say("guessedFile", { name: state.guess[role] })
      : say("guessedName", { name: state.guess[role], role: say(role).toLowerCase() })));
  fill("guessed", ...notes.map((note) => element("li", {}, note)));
}

const chosen = (id) => find(id).value || null;

function asked() {
  const design = Object.fromEntries(roles.map((role) => [role, chosen(role)]));
  design.weighted = state.list.variables.some((variable) => variable.role === "weight");
  return { outcome: chosen("outcome"), group: chosen("group"), design };
}

// ---- results ----

function showResult({ request, words, result, warnings }) {
  const notes = flagNotes(result);
  fill("result", crossTable(result, request, label),
    element("p", { class: "what" }, say("percentages")),
    element("p", { id: "test" }, testInWords(result)),
    ...notes.map((note) => element("p", { class: "note" }, note)),
    ...(warnings === "" ? [] : [element("p", { class: "note" }, warnings)]),
    element("details", {}, element("summary", {}, say("conventions")), element("p", {}, result.conventions ?? "")));
  offer({ words, file: state.file.name, tally: askTally(request), ask: (other) => engine.ask(other) });
}

function hideResult() {
  fill("result");
  offer(null);
}

// The program's messages, without its name in front.
const message = (errors) => errors.trim().replace(/^weeg: /gm, "");

// What takes no longer is not worth a word.
const PATIENCE = 300;

// How far the reading is, and a way to stop it; null: nothing is done.
function showBusy(text) {
  status(text ?? "");
  for (const id of ["cancel", "progress"]) find(id).hidden = text === null;
  if (text === null) find("progress").value = 0;
}

engine.onshare = (share) => { find("progress").value = share; };

async function answered(words, busy) {
  const mine = ++turn;
  problem("");
  const patience = setTimeout(() => showBusy(busy), PATIENCE);
  document.body.setAttribute("aria-busy", "true");
  try {
    const answer = await engine.ask(words);
    if (mine !== turn) return null;
    if (answer.result === undefined) problem(message(answer.errors));
    return answer;
  } catch (error) {
    if (mine === turn) problem(error.message === "cancelled" ? say("cancelled") : say("trap", { message: error.message }));
    return null;
  } finally {
    clearTimeout(patience);
    if (mine === turn) {
      showBusy(null);
      document.body.removeAttribute("aria-busy");
    }
  }
}

async function showTable() {
  const request = asked();
  if (request.outcome === null) return;
  const words = askTable(request);
  const answer = await answered(words, say("working"));
  if (answer === null) return;
  state.shown = answer.result === undefined ? null : { request, words, result: answer.result, warnings: message(answer.errors) };
  if (state.shown === null) hideResult();
  else showResult(state.shown);
}

async function openFile(file) {
  Object.assign(state, { file, list: null, shown: null });
  find("work").hidden = true;
  hideResult();
  fill("opened");
  await engine.open(file);
  const answer = await answered(askVariables(), say("reading", { file: file.name }));
  if (answer?.result === undefined) return;
  state.list = readVariables(answer.result);
  state.guess = guessRoles(state.list.variables);
  const first = state.list.variables[0];
  fill("opened", say("opened", { file: file.name, rows: number(first === undefined ? 0 : first.n + first.missing),
    variables: number(state.list.variables.length) }));
  find("work").hidden = false;
  find("search").value = "";
  showVariables(state.list);
  for (const id of ["outcome", "group"]) find(id).value = "";
  showPickers();
  for (const role of roles) find(role).value = state.guess[role] ?? "";
  showPickers();
}

// ---- events ----

find("file").addEventListener("change", (event) => { if (event.target.files.length > 0) openFile(event.target.files[0]); });
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length > 0) openFile(event.dataTransfer.files[0]);
});
find("search").addEventListener("input", () => showVariables(state.list));
for (const id of ["outcome", "group", ...roles]) {
  find(id).addEventListener("change", () => {
    showPickers();
    showTable();
  });
}
find("language").addEventListener("change", (event) => {
  useLanguage(event.target.value);
  translate();
});
find("cancel").addEventListener("click", () => engine.cancel());

find("language").value = currentLanguage();
translate();
document.body.dataset.ready = "true";
