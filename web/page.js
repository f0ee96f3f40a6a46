// The page: what is open and chosen, and what happens on a click.
import { element, fill, find } from "./dom.js";
import { Engine, unpacked, withoutGzip } from "./engine.js";
import { askColumns, askComparison, askTable, askTally, askTotal, askVariables, shellLine, THRESHOLD } from "./ask.js";
import { barChart, mostColours, pointChart } from "./chart.js";
import { comparisonTables, usualComparison } from "./compare.js";
import { chip, conditionOf, showDomain } from "./domain.js";
import { showItems, showNet, tickedNet, yesOf } from "./items.js";
import { rLines } from "./lines.js";
import { showReport } from "./report.js";
import { guessRoles, isTally, roles, showGuesses } from "./roles.js";
import { figuresTable, flagNotes, isProtected, isShown, laidOut, testInWords, whatFigures } from "./table.js";
import { offer, offerComparison } from "./takers.js";
import { labelOf, readVariables, showOptions, showVariables } from "./variables.js";
import { isSeveral, nameWave, refusalOf, shownNames, showProposal, showWaves, sourceOf, takeNames, waveOf } from "./waves.js";
import { currentLanguage, number, say, useLanguage } from "./words.js";

const engine = new Engine();
// shown: [{request, words, result, warnings}], a table each; compared: the same of comparisons, {answer, against} or null
const state = { source: null, list: null, guess: null, shown: null, compared: null, comparison: null,
  more: [], domain: new Map(), items: new Set(), net: null };
let turn = 0; // of requests: what comes of an earlier one is not shown
let listing = 0, opening = 0; // of lists of variables and of files that are opened, as well

// Of a variable; another text is its own (the program has labels of items where the file has them).
const label = (name) => labelOf([...state.list.variables, ...state.list.sets].find((variable) => variable.variable === name) ?? { variable: name, label: null });
const status = (text) => fill("status", text);
// For who does not see: what is shown now, in a sentence or two.
const announce = (text) => fill("announced", text);

function problem(text) {
  fill("problem", text);
}

// ---- words ----

function translate() {
  document.documentElement.lang = currentLanguage();
  document.title = say("title");
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say(node.dataset.say);
  showReport();
  showProtect();
  showPanel();
  for (const node of document.querySelectorAll("[data-say-label]")) node.setAttribute("aria-label", say(node.dataset.sayLabel));
  if (!engine.able) problem(say("unable"));
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
  find("same-part").hidden = !isSeveral(state.source) || chosen("cluster") === null;
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
  design.panel = isSeveral(state.source) && design.cluster !== null && find("same").checked;
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
const asLines = (heading, lines) => (lines === null ? [] : [element("h4", {}, say(heading)), element("pre", {}, lines)]);
const sameNumbers = (words) => element("details", {}, element("summary", {}, say("sameNumbers")),
  ...asLines("sameByR", rLines(words, state.source)), ...asLines("sameByShell", shellLine(words, state.source)));

// Of which file, and how its rows count.
function sourceLine({ design }) {
  const others = ["strata", "cluster", "fpc"].filter((role) => design[role] !== null).map((role) => `${say(role).toLowerCase()}: ${design[role]}`);
  const weighting = isTally(state.list.variables) ? "" : ` ${[say(design.weights === null ? "unweighted" : "weightedBy", { name: design.weights }), ...others].join("; ")}.`;
  return element("p", { class: "note source" }, `${say("source", { file: shownNames(state.source) })}${weighting}`);
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
    ...(warnings === "" ? [] : [element("p", { class: "note" }, warnings)]),
    element("details", {}, element("summary", {}, say("conventions")), element("p", {}, result.conventions ?? "")));
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
    offer({ each: state.shown.map(({ words }) => words), totals: state.shown.map((one) => one.totalWords), source: state.source, tally: askTally(request), ask: (other) => engine.ask(other) });
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
    sourceLine(request), ...(warnings === "" ? [] : [element("p", { class: "note" }, warnings)]), sameNumbers(words)]));
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

// Nothing is being done.
function rest() {
  showBusy(null);
  document.body.removeAttribute("aria-busy");
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
    if (mine === turn) rest();
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
    if (answer?.result === undefined) continue;
    Object.assign(one, { total: answer.result.rows.slice(one.request.protect ? one.result.rows.length : 0), totalWords: words });
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
  state.comparison ??= { answer: null, against: usualComparison(request.groups, waveOf(state.source)) };
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

// What the program said is in the language that it was asked in.
async function askAgain() {
  if (state.source === null) return;
  if (state.list === null) await listVariables();
  else if (find("warned").textContent !== "") await listVariables(waveOf(state.source));
  else if (requests().length > 0) await showTable();
}

// ---- files ----

// A file as it is read, or null where it cannot be unpacked; that is said.
async function readable(given) {
  if (/\.zst$/i.test(given.name)) {
    problem(say("packed", { file: given.name }));
    return null;
  }
  try {
    return await withoutGzip(given);
  } catch {
    problem(say("unpackedNot", { file: given.name }));
    return null;
  }
}

// Without a list of variables there is nothing to choose.
function closeWork() {
  Object.assign(state, { list: null, shown: null, compared: null });
  find("work").hidden = find("steps").hidden = true;
  find("work").inert = false;
  listing++;
  showResult();
  fill("opened");
  fill("warned");
  announce("");
}

// What was chosen before, as far as the files have it now. had: what the variable of the wave was called, or null.
function keepChosen(had) {
  const now = waveOf(state.source), renamed = (name) => (name === had ? now : name);
  const has = (name) => state.list.variables.some(({ variable }) => variable === name);
  const group = chosen("group");
  state.more = state.more.map(renamed).filter(has);
  state.items = new Set([...state.items].filter(has));
  state.domain = new Map([...state.domain].filter(([name, answers]) => [...answers].every((one) => answersOf(name).some(({ answer }) => answer === one))));
  pick("group", say("none"));
  find("group").value = (group === null || group === had ? now : group) ?? "";
}

// had: as above; undefined where nothing is open yet that was chosen of.
async function listVariables(had) {
  const { source } = state, mine = ++listing;
  find("work").inert = true;
  const answer = await answered(askVariables(), say("reading", { file: shownNames(source) }));
  if (mine !== listing) return;
  find("work").inert = false;
  if (answer?.result === undefined) {
    closeWork();
    return;
  }
  const confirmed = state.guess?.confirmed ?? false;
  state.list = readVariables(answer.result);
  state.guess = guessRoles(state.list.variables);
  const [first] = state.list.variables;
  fill("opened", say(isSeveral(source) ? "openedSeveral" : "opened", { file: shownNames(source), count: source.files.length,
    rows: number(first === undefined ? 0 : first.n + first.missing), variables: number(state.list.variables.length) }));
  fill("warned", message(answer.errors));
  find("work").hidden = false;
  if (had === undefined) beginAnew();
  else {
    state.guess.confirmed = confirmed;
    keepChosen(had);
  }
  showVariables(state.list, use);
  changed();
}

function beginAnew() {
  Object.assign(state, { comparison: null, more: [], domain: new Map(), items: new Set(), net: null });
  find("search").value = "";
  find("same").checked = false;
  for (const id of ["outcome", "group"]) find(id).value = "";
  showPickers();
  for (const role of roles) find(role).value = state.guess[role] ?? "";
  find("group").value = waveOf(state.source) ?? "";
  if ([document.body, find("file")].includes(document.activeElement)) find("outcome").focus();
}

// Of files that cannot be read, none: what is wrong with them is said as their variables are listed.
async function columnsOf() {
  const answer = await engine.ask(askColumns()).catch(() => ({}));
  return answer.result?.rows.map(({ variable }) => variable) ?? [];
}

// Files in place of those that are open, or beside them.
async function openFiles(given, beside = null) {
  const had = state.list === null || beside === null ? undefined : waveOf(beside);
  const refusal = engine.able ? refusalOf([...(beside?.files ?? []), ...given]) : say("unable");
  problem(refusal ?? "");
  if (refusal !== null) return;
  const mine = ++opening;
  if (beside === null) {
    state.source = null;
    turn++; // a table of the files before is not waited for
    rest();
    closeWork();
    showPanel();
  }
  status(say("reading", { file: shownNames({ files: given }) }));
  const files = await Promise.all(given.map(readable));
  if (mine !== opening) return;
  status("");
  if (files.includes(null)) return;
  const source = sourceOf(files, beside);
  find("work").inert = true; // until the variables of all are listed
  state.source = engine.source = source;
  await engine.open(source.files).catch(() => {}); // where it is stopped, the engine opens them as it begins anew
  if (isSeveral(source)) nameWave(source, await columnsOf());
  if (mine !== opening) return;
  showPanel();
  await listVariables(had);
}

// The simulated study that is in the page, with a first table.
async function openExample() {
  await openFiles([new File([await unpacked("weeg-example")], find("weeg-example").dataset.name)]);
  if (state.list === null) return;
  for (const [id, name] of Object.entries({ strata: "ronde", cluster: "gemeente", outcome: "strengths", group: "provider" })) find(id).value = name;
  changed();
}

const panel = { named() {
  const { source } = state, had = source.wave;
  if (!takeNames(source)) {
    problem(say("wavesEach"));
    return;
  }
  showProposal(source, panel);
  listVariables(state.list === null ? undefined : had);
}, moved() {
  showPanel();
  listVariables(state.list === null ? undefined : state.source.wave);
}, confirmed() {
  state.source.confirmed = true;
  showProposal(state.source, panel);
} };

const showPanel = () => showWaves(state.source, panel);

// ---- events ----

find("file").addEventListener("change", ({ target }) => { if (target.files.length > 0) openFiles([...target.files]); });
find("example").addEventListener("click", openExample);
find("add-file").addEventListener("change", ({ target }) => {
  const given = [...target.files];
  target.value = ""; // so that it can be chosen once more
  if (given.length > 0) openFiles(given, state.source);
});
find("wave-name").addEventListener("change", panel.named);
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  if (event.dataTransfer.files.length > 0) openFiles([...event.dataTransfer.files]);
});
find("search").addEventListener("input", () => showVariables(state.list, use));
find("outcome").addEventListener("change", () => {
  state.net = null;
  state.items.clear();
  find("measure").value = "";
});
find("group").addEventListener("change", () => {
  state.comparison &&= { ...state.comparison, against: usualComparison([find("group").value], waveOf(state.source)) };
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
  askAgain();
});
find("cancel").addEventListener("click", () => engine.cancel());
// No policy that stands in a page can forbid that it goes elsewhere, so the page does.
globalThis.navigation?.addEventListener("navigate", (event) => {
  if (!event.hashChange && event.downloadRequest === null && event.destination.url !== location.href) event.preventDefault();
});

find("language").value = currentLanguage();
translate();
document.body.dataset.ready = "true";
// a link to the page can open it
if (location.hash === "#openvoorwerk") openExample();
