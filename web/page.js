// The page: what is open and chosen, and what happens on a click.
import { element, fill, find } from "./dom.js";
import { Engine, withoutGzip } from "./engine.js";
import { askComparison, askTable, askTally, askTotal, askVariables, shellLine, THRESHOLD } from "./ask.js";
import { barChart, mostColours, pointChart } from "./chart.js";
import { comparisonTables, usualComparison } from "./compare.js";
import { chip, conditionOf, showDomain } from "./domain.js";
import { showItems, showNet, tickedNet, yesOf } from "./items.js";
import { showReport } from "./report.js";
import { guessRoles, isTally, roles, showGuesses } from "./roles.js";
import { figuresTable, flagNotes, isProtected, isShown, laidOut, testInWords, whatFigures } from "./table.js";
import { offer, offerComparison } from "./takers.js";
import { labelOf, readVariables, showOptions, showVariables } from "./variables.js";
import { currentLanguage, number, say, useLanguage } from "./words.js";

const engine = new Engine();
// shown: [{request, words, result, warnings}], a table each; compared: the same of comparisons, {answer, against} or null
const state = { file: null, list: null, guess: null, shown: null, compared: null, comparison: null,
  more: [], domain: new Map(), items: new Set(), net: null };
let turn = 0; // of requests: what comes of an earlier one is not shown

// Of a variable; another text is its own (the program has labels of items where the file has them).
const label = (name) => labelOf([...state.list.variables, ...state.list.sets].find((variable) => variable.variable === name) ?? { variable: name, label: null });
const status = (text) => fill("status", text);
// For who does not see: what is shown now, in a sentence or two.
const announce = (text) => fill("announced", text);

// Texts of the program are English.
function problem(text, language = currentLanguage()) {
  find("problem").lang = language;
  fill("problem", text);
}


// ---- words ----

function translate() {
  document.documentElement.lang = currentLanguage();
  document.title = say("title");
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  showReport();
  showProtect();
  for (const node of document.querySelectorAll("[data-say-label]")) node.setAttribute("aria-label", say(node.dataset.sayLabel));
  if (state.list !== null) {
    showVariables(state.list, use);
    showPickers();
    if (state.shown !== null) showResult();
  }
}

// ---- choices ----

function showProtect() {
  fill("protect-what", say(find("protect").checked ? "protectOn" : "protectOff", { threshold: number(THRESHOLD) }));
}

function pick(id, none, variables = state.list.variables) {
  const chosen = find(id).value;
  showOptions(id, variables, none);
  find(id).value = chosen;
}

const variableOf = (name) => state.list.variables.find((variable) => variable.variable === name);
const answersOf = (name) => state.list.answers.get(name) ?? [];

// Of answers that are all numbers, means are asked first where there are many, else percentages.
function showMeasure() {
  const outcome = chosen("outcome"), variable = variableOf(outcome), listed = answersOf(outcome), grouped = chosen("group") !== null;
  const numeric = variable?.kind === "number" && listed.every(({ answer }) => answer.trim() !== "" && Number.isFinite(Number(answer)));
  const before = find("measure").value || "share", shares = !numeric || (listed.length > 0 && listed.length <= 12);
  find("measure-field").hidden = variable === undefined || state.items.size > 1;
  fill("measure", ...[...(shares ? ["share", ...(grouped ? ["column", "total"] : []), "count"] : []), ...(numeric ? ["mean", "median"] : [])]
    .map((key) => element("option", { value: key }, say(key === "share" && !grouped ? "shareAlone" : key))));
  find("measure").value = before;
  if (find("measure").value === "") find("measure").selectedIndex = 0;
}

function showMore() {
  find("more-part").hidden = chosen("group") === null;
  showOptions("more", state.list.variables, say("none"));
  find("more").value = "";
  find("together").hidden = state.more.length === 0;
  fill("groups", ...state.more.map((name) => chip(label(name), () => {
    state.more = state.more.filter((other) => other !== name);
    changed();
  })));
}

function changed() {
  showPickers();
  showTable();
}

function showPickers() {
  pick("outcome", say("pick"), state.list.outcomes);
  for (const id of ["group", ...roles]) pick(id, say("none"));
  showMeasure();
  showMore();
  showDomain(state.list, state.domain, label, changed);
  showItems(state.list, state.items, itemsChanged);
  showNet(measured().measure === "share" && state.items.size < 2 ? answersOf(chosen("outcome")) : [], state.net, (net) => {
    state.net = net;
    changed();
  });
  showGuesses(state.list, state.guess, chosen, showPickers);
}

const chosen = (id) => find(id).value || null;

// Items are a question of their own.
function itemsChanged() {
  if (state.items.size > 1) {
    find("outcome").value = "";
    state.net = null;
  }
  changed();
}

function measured() {
  const { value } = find("measure");
  return ["column", "total", "count"].includes(value) ? { measure: "share", percent: value } : { measure: value, percent: "row" };
}

function asked() {
  const design = Object.fromEntries(roles.map((role) => [role, chosen(role)]));
  design.weighted = state.list.variables.some((variable) => variable.role === "weight");
  const set = state.list.sets.some(({ variable }) => variable === chosen("outcome"));
  const items = state.items.size > 1 ? [...state.items] : set ? [chosen("outcome")] : [];
  return { outcome: chosen("outcome"), groups: [chosen("group"), ...state.more].filter((name) => name !== null), items,
    yes: yesOf(state.list, items), ...measured(), net: state.net, only: [...state.domain].map(([name, answers]) => [name, [...answers]]), domain: conditionOf(state.domain),
    within: [...state.domain.keys()], protect: find("protect").checked, design };
}

// One request, or one for each group.
function requests() {
  const all = asked(), apart = document.querySelector("[name=together]:checked").value === "apart";
  if (all.outcome === null && all.items.length === 0) return [];
  return apart && all.groups.length > 1 ? all.groups.map((group) => ({ ...all, groups: [group] })) : [all];
}

// A variable of the list becomes the outcome or the group, as if it were picked.
function use(role, name) {
  find(role).value = name;
  find(role).focus();
  find(role).dispatchEvent(new Event("change"));
}

// ---- results ----

const view = () => document.querySelector("[name=view]:checked").value;
const shell = (words) => element("details", {}, element("summary", {}, say("sameByShell")), element("pre", {}, shellLine(words, state.file.name)));

// Of which file, and how its rows count.
function sourceLine({ design }) {
  const others = ["strata", "cluster", "fpc"].filter((role) => design[role] !== null).map((role) => `${say(role).toLowerCase()}: ${design[role]}`);
  const weighting = isTally(state.list.variables) ? "" : ` ${[say(design.weights === null ? "unweighted" : "weightedBy", { name: design.weights }), ...others].join("; ")}.`;
  return element("p", { class: "note source" }, `${say("source", { file: state.file.name })}${weighting}`);
}

function showOne({ request, result, warnings, total }) {
  const laid = laidOut(result, request, label, total), table = figuresTable(laid);
  const bars = view() === "bars" && laid.kind === "share" && laid.percent === "row" && laid.answers.length <= mostColours;
  const width = Math.max(330, Math.min(760, find("result").clientWidth));
  const chart = view() === "table" || !result.rows.some((row) => isShown(row) || isProtected(row)) || laid.percent === "count" || laid.answers.length > 12 ? null : bars ? barChart(laid, width) : pointChart(laid, width);
  return element("div", { class: "one" },
    ...(chart === null ? [element("div", { class: "scrolls", tabindex: "0", role: "region", "aria-label": laid.title }, table)]
      : [element("h3", { class: "title" }, laid.title), chart, element("details", {}, element("summary", {}, say("figures")), table)]),
    element("p", { class: "what" }, whatFigures(laid)),
    ...flagNotes({ rows: [...result.rows, ...(total ?? [])] }).map((note) => element("p", { class: "note" }, note)),
    sourceLine(request),
    element("p", { class: "test" }, testInWords(result) ?? ""),
    ...(warnings === "" ? [] : [element("p", { class: "note", lang: "en" }, warnings)]),
    element("details", {}, element("summary", {}, say("conventions")), element("p", { lang: "en" }, result.conventions ?? "")));
}

function showResult() {
  find("views").hidden = find("hint").hidden = true;
  find("unprotected").hidden = find("down").hidden = state.shown === null;
  fill("unprotected", say(find("protect").checked ? "protectedTable" : "unprotected"));
  if (state.shown === null) {
    find("hint").hidden = find("problem").textContent !== "";
    fill("result");
    offer(null);
  } else {
    find("views").hidden = state.shown[0].request.percent === "count";
    find("bars").hidden = state.shown.some(({ request }) => request.items.length > 0 || request.measure !== "share" || request.percent !== "row");
    fill("result", ...state.shown.map(showOne));
    const first = document.querySelector("#result .test");
    if (first !== null) first.id = "test";
    const { request } = state.shown[0];
    offer({ each: state.shown.map(({ words }) => words), totals: state.shown.map((one) => one.totalWords), file: state.file.name, tally: askTally(request), ask: (other) => engine.ask(other) });
  }
  showComparison();
}

// Comparisons are of shares or means, of groups.
const comparable = () => state.shown !== null && state.shown.every(({ request }) => request.items.length === 0 && request.measure !== "median"
  && request.groups.length > 0);

function showComparison() {
  find("compare-part").hidden = !comparable();
  find("compare").setAttribute("aria-expanded", String(state.comparison !== null));
  find("compare-more").hidden = state.comparison === null;
  if (!comparable() || state.comparison === null) return;
  const mean = state.shown[0].request.measure === "mean";
  const answers = mean ? [] : [...new Set(state.shown[0].result.rows.map((row) => row.level))];
  find("compare-answer").parentElement.hidden = mean;
  const { called } = laidOut(state.shown[0].result, state.shown[0].request, label);
  fill("compare-answer", element("option", { value: "" }, say("allAnswers")), ...answers.map((answer) => element("option", { value: answer }, called(answer))));
  find("compare-answer").value = state.comparison.answer ?? "";
  fill("compare-with", ...["pairs", "total", "rest", "previous", "first"].map((key) => element("option", { value: key },
    say(`against${key[0].toUpperCase()}${key.slice(1)}`))));
  find("compare-with").value = state.comparison.against;
  fill("comparison", ...(state.compared ?? []).flatMap(({ request, words, result, warnings }) => [
    ...comparisonTables(result, laidOut(result, request, label))
      .map((table) => element("div", { class: "scrolls", tabindex: "0", role: "region", "aria-label": table.caption.textContent }, table)),
    element("p", { class: "what" }, say(mean ? "comparisonMeans" : "comparisonWhat")),
    sourceLine(request), ...(warnings === "" ? [] : [element("p", { class: "note", lang: "en" }, warnings)]), shell(words)]));
  offerComparison(state.compared?.map(({ words }) => words) ?? []);
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
    if (answer.result === undefined) problem(message(answer.errors), "en");
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

// Answers to all requests; null where another click came in between, or one was refused.
async function answersTo(list, wordsOf) {
  const all = [];
  for (const request of list) {
    const words = wordsOf(request), answer = await answered(words, say("working"));
    if (answer === null) return undefined;
    if (answer.result === undefined) return null;
    all.push({ request, words, result: answer.result, warnings: message(answer.errors), total: null, totalWords: null });
  }
  return all.length === 0 ? null : all;
}

// Adds the figures of all respondents; a table stands without them where they cannot be had. Undefined: another click came in between.
async function withTotals(all) {
  for (const one of all) {
    const words = askTotal(one.request), answer = words === null ? null : await answered(words, say("working"));
    if (words !== null && answer === null) return undefined;
    if (answer?.result !== undefined) Object.assign(one, { total: answer.result.rows, totalWords: words });
  }
  return all;
}

async function showTable() {
  const all = await answersTo(requests(), askTable);
  if (all === undefined || await withTotals(all ?? []) === undefined) return;
  Object.assign(state, { shown: all, compared: null });
  showResult();
  announce([...find("result").querySelectorAll("caption, .title, .test")].map((node) => node.textContent).filter((text) => text !== "").join(". "));
  if (state.comparison !== null && comparable()) await compareGroups();
}

async function compareGroups() {
  const { request, result } = state.shown[0];
  state.comparison ??= { answer: null, against: usualComparison(request.groups) };
  if (request.measure === "share" && !result.rows.some((row) => row.level === state.comparison.answer) && state.comparison.answer !== "") {
    state.comparison.answer = result.rows[0].level;
  }
  const how = { ...state.comparison, answer: state.comparison.answer || null };
  const all = await answersTo(state.shown.map((one) => one.request), (one) => askComparison(one, how));
  if (all === undefined) return;
  state.compared = all;
  showComparison();
  announce([...find("comparison").querySelectorAll("caption")].map((node) => node.textContent).join(". "));
}

// What is read of a file that was given, or null, which was said.
async function readable(given) {
  if (/\.zst$/i.test(given.name)) {
    problem(say("packed", { file: given.name }));
    return null;
  }
  status(say("reading", { file: given.name }));
  try {
    const file = await withoutGzip(given);
    return state.file === given ? file : null;
  } catch {
    if (state.file === given) problem(say("unpackedNot", { file: given.name }));
    return null;
  } finally {
    if (state.file === given) status("");
  }
}

// Of several files the first, and that is said.
async function openFile([given, ...others]) {
  Object.assign(state, { file: given, list: null, shown: null, compared: null, comparison: null, more: [], domain: new Map(), items: new Set(), net: null });
  find("work").hidden = find("steps").hidden = true;
  showResult();
  fill("opened");
  problem("");
  announce("");
  const file = await readable(given);
  if (file === null) return;
  state.file = file;
  await engine.open(file);
  const answer = await answered(askVariables(), say("reading", { file: file.name }));
  if (answer?.result === undefined) return;
  state.list = readVariables(answer.result);
  state.guess = guessRoles(state.list.variables);
  const first = state.list.variables[0];
  fill("opened", say("opened", { file: file.name, rows: number(first === undefined ? 0 : first.n + first.missing),
    variables: number(state.list.variables.length) }), others.length > 0 ? ` — ${say("onlyOne")}` : "");
  find("work").hidden = false;
  find("search").value = "";
  showVariables(state.list, use);
  for (const id of ["outcome", "group"]) find(id).value = "";
  showPickers();
  for (const role of roles) find(role).value = state.guess[role] ?? "";
  showPickers();
  if ([document.body, find("file")].includes(document.activeElement)) find("outcome").focus();
}

// ---- events ----

find("file").addEventListener("change", (event) => { if (event.target.files.length > 0) openFile(event.target.files); });
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length > 0) openFile(event.dataTransfer.files);
});
find("search").addEventListener("input", () => showVariables(state.list, use));
find("outcome").addEventListener("change", () => {
  state.net = null;
  state.items.clear();
  find("measure").value = "";
});
find("group").addEventListener("change", () => {
  state.comparison &&= { ...state.comparison, against: usualComparison([find("group").value]) };
  state.more = chosen("group") === null ? [] : state.more.filter((name) => name !== chosen("group"));
});
find("more").addEventListener("change", ({ target: { value } }) => {
  if (value !== "" && value !== chosen("group") && !state.more.includes(value)) state.more.push(value);
});
// by the keyboard from its open list: an arrow on a closed one would choose each variable that it passes
find("more").addEventListener("keydown", (event) => {
  if (["Tab", "Shift", "Escape", "Enter"].includes(event.key)) return;
  event.preventDefault();
  event.target.showPicker();
});
find("to-result").addEventListener("click", () => {
  find("seen").focus({ preventScroll: true });
  find("seen").scrollIntoView();
});
for (const id of ["outcome", "measure", "group", "more", ...roles]) find(id).addEventListener("change", changed);
find("protect").addEventListener("change", () => {
  showProtect();
  showTable();
});
for (const radio of document.querySelectorAll("[name=together]")) radio.addEventListener("change", showTable);
for (const radio of document.querySelectorAll("[name=view]")) radio.addEventListener("change", showResult);
addEventListener("resize", () => { if (state.shown !== null && view() !== "table") showResult(); });
find("domain-variable").addEventListener("change", showPickers);
find("net-make").addEventListener("click", () => {
  state.net = tickedNet();
  find("net-name").value = "";
  changed();
});
find("compare").addEventListener("click", () => {
  if (state.comparison === null) {
    compareGroups();
  } else {
    state.comparison = state.compared = null;
    showComparison();
  }
});
find("compare-answer").addEventListener("change", (event) => {
  state.comparison.answer = event.target.value;
  compareGroups();
});
find("compare-with").addEventListener("change", (event) => {
  state.comparison.against = event.target.value;
  compareGroups();
});
find("language").addEventListener("change", (event) => {
  useLanguage(event.target.value);
  translate();
});
find("cancel").addEventListener("click", () => engine.cancel());
// No policy that stands in a page can forbid that it goes elsewhere, so the page does.
globalThis.navigation?.addEventListener("navigate", (event) => {
  if (!event.hashChange && event.downloadRequest === null && event.destination.url !== location.href) event.preventDefault();
});

find("language").value = currentLanguage();
translate();
document.body.dataset.ready = "true";
