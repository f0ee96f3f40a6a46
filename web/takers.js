// The buttons beside a result: what each takes away of it.
import { shellLine, THRESHOLD } from "./ask.js";
import { find } from "./dom.js";
import { rLines } from "./lines.js";
import { keep, reportFile, reportItem, saveReport } from "./report.js";
import { chartPicture, chartText, copy, copyTables, fileName, save } from "./take.js";
import { sourceName } from "./waves.js";
import { say } from "./words.js";

let taking = null; // {each: the words of each table that is shown, totals: those of its total or null, source, tally, ask: how more is asked}
let comparing = []; // the words of each comparison

const tablesIn = (within) => [...document.querySelectorAll(`${within} table`)];
// Charts as files of their own, each with its title and notes.
const charts = () => [...document.querySelectorAll("#result > .one")].filter((part) => part.querySelector("svg") !== null)
  .map((part) => chartText(part.querySelector("svg"), part.querySelector(".title").textContent,
    [part.querySelector("svg > desc"), ...part.querySelectorAll(".note:not([lang]), .source")].map((node) => node.textContent)));
const nameOf = (what) => fileName(sourceName(taking.source), what);
const tell = (text, id) => find(/comparison/.test(id) ? "comparison-taken" : "taken").replaceChildren(text);

// The lines of R for all of these words, which begin in the same way; null where one has none.
function rOf(all, source) {
  const r = all.map((words) => rLines(words, source)?.split("\n") ?? null);
  return r.every((lines) => lines !== null) ? [...r[0].slice(0, -1), ...r.map((lines) => lines.at(-1))].join("\n") : null;
}

// Where small counts are protected, the total is asked for with its table; R has none there.
const isOfBoth = (total) => total?.includes("--total") ?? false;

// The requests of which lines are shown, of the tables and of their totals, each once.
function requestsOf(each, totals) {
  const texts = totals.map((words) => JSON.stringify(words));
  const own = totals.filter((words, k) => words && !isOfBoth(words) && texts.indexOf(texts[k]) === k);
  return { r: [...each, ...own], shell: [...each.map((words, k) => (isOfBoth(totals[k]) ? totals[k] : words)), ...own] };
}

function linesOf(each, totals, { source }) {
  const requests = requestsOf(each, totals), r = rOf(requests.r, source);
  const shell = requests.shell.map((words) => shellLine(words, source)).join("\n");
  return [...(r === null ? [] : [{ title: say("sameByR"), lines: r }]), { title: say("sameByShell"), lines: shell }];
}

const textsIn = (part) => [...part.querySelectorAll("p")].map((node) => ({ text: node.textContent.trim(), lang: node.lang || null }))
  .filter(({ text }) => text !== "");

// Of each table that is shown.
function items() {
  return [...document.querySelectorAll("#result > .one")].map((part, k) => {
    const chart = part.querySelector("svg");
    return reportItem(part.querySelector("table"), textsIn(part), linesOf([taking.each[k]], [taking.totals[k]], taking), chart === null ? null : chartText(chart));
  });
}

const comparisonItems = () => tablesIn("#comparison").map((table) => reportItem(table, textsIn(find("comparison")),
  comparing.flatMap((words) => linesOf([words], [null], taking)), null));

// A file for each of several tables or charts.
async function saveEach(list, what, type, make) {
  const names = [];
  for (const [k, one] of list.entries()) {
    const name = nameOf(list.length === 1 ? what : what.replace(".", `-${k + 1}.`));
    save(name, type, await make(one));
    names.push(name);
  }
  return say("saved", { file: names.join(", ") });
}

// The program's own file: the same words, with another format or output.
async function made(words, name, ...more) {
  const answer = await taking.ask([...withoutFormat(words), ...more]);
  if (answer.status !== 0) throw new Error(answer.errors.trim().replace(/^weeg: /gm, ""));
  return name === undefined ? answer.output : answer.files.find((file) => file.name === `/${name}`).bytes;
}

function withoutFormat(words) {
  const at = words.indexOf("--format");
  return at < 0 ? words : [...words.slice(0, at), ...words.slice(at + 2)];
}

// Files have the total where the page shows it.
const allRows = () => taking.each.map((words, k) => (taking.totals[k] === null ? words : [...withoutFormat(words), "--total"]));

const asCsv = (words) => made(words, undefined, "--format", "csv");

const ways = {
  "copy-table": () => copyTables(tablesIn("#result")).then(() => say("copied")),
  "copy-comparison": () => copyTables(tablesIn("#comparison")).then(() => say("copied")),
  "copy-r": () => copy(find("r-lines").textContent).then(() => say("copied")),
  "copy-shell": () => copy(find("shell-lines").textContent).then(() => say("copied")),
  "save-csv": () => saveEach(allRows(), "table.csv", "text/csv", asCsv),
  "save-comparison": () => saveEach(comparing, "comparison.csv", "text/csv", asCsv),
  "save-xlsx": () => saveEach(allRows(), "table.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    (words) => made(words, "table.xlsx", "--output", "table.xlsx")),
  "save-html": () => {
    const name = nameOf("table.html"), all = items();
    save(name, "text/html", reportFile(all[0].title, all));
    return say("saved", { file: name });
  },
  "save-svg": () => saveEach(charts(), "chart.svg", "image/svg+xml", (text) => text),
  "save-png": () => saveEach(charts(), "chart.png", "image/png", chartPicture),
  "save-tally": async () => {
    const name = nameOf("tally.weeg"), sender = find("sender").value.trim(), sent = find("protect").checked;
    if (sent && sender === "") return say("noSender");
    const more = sent ? ["--sender", sender, "--threshold", String(THRESHOLD)] : [];
    const bytes = await made([...taking.tally, ...more], taking.tally.at(-1)).catch((error) => {
      // what is refused most: without clusters, each respondent is one
      throw sent && !taking.tally.includes("--cluster") ? new Error(`${error.message}. ${say("needsClusters")}`) : error;
    });
    save(name, "application/octet-stream", bytes);
    return say(sent ? "savedSent" : "savedTally", { file: name });
  },
  keep: () => {
    for (const one of items()) keep(one);
    return say("keptOne");
  },
  "keep-comparison": () => {
    for (const one of comparisonItems()) keep(one);
    return say("keptOne");
  },
  "save-report": () => {
    saveReport();
    return say("saved", { file: "weeg-report.html" });
  },
  "print-report": () => {
    print();
    return "";
  },
};

// What is shown now, or null. `tally`: the words for the tally of its variables, ending in its name.
export function offer(what) {
  taking = what;
  find("take").hidden = what === null;
  tell("", "");
  if (what === null) return;
  const requests = requestsOf(what.each, what.totals), r = rOf(requests.r, what.source);
  find("r-part").hidden = r === null;
  find("r-lines").textContent = r ?? "";
  find("shell-lines").textContent = requests.shell.map((words) => shellLine(words, what.source)).join("\n");
  for (const id of ["save-svg", "save-png"]) find(id).hidden = document.querySelector("#result svg") === null;
  find("save-tally").hidden = what.tally === null;
  find("sender-part").hidden = what.tally === null || !find("protect").checked;
}

export function offerComparison(list) {
  comparing = list;
  tell("", "comparison");
}

for (const [id, take] of Object.entries(ways)) {
  find(id).addEventListener("click", async () => {
    try {
      tell(await take(), id);
    } catch (error) {
      tell(say("notTaken", { reason: error.message }), id);
    }
  });
}
