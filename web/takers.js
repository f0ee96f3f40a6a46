// The buttons beside a result: what each takes away of it.
import { shellLine } from "./ask.js";
import { find } from "./dom.js";
import { rLines } from "./lines.js";
import { keep, reportFile, reportItem, saveReport } from "./report.js";
import { chartPicture, chartText, copy, copyTable, fileName, save } from "./take.js";
import { say } from "./words.js";

let taking = null; // {words, file, variables, design, ask}: what is shown, and how more is asked

const shownTable = () => document.querySelector("#result table");
const shownChart = () => document.querySelector("#result svg");
const nameOf = (what) => fileName(taking.file, what);
const tell = (text) => find("taken").replaceChildren(text);

function linesOf({ words, file }) {
  const r = rLines(words, file), shell = shellLine(words, file);
  return [...(r === null ? [] : [{ title: say("sameByR"), lines: r }]), { title: say("sameByShell"), lines: shell }];
}

function item() {
  const texts = [...find("result").querySelectorAll("p")].map((node) => node.textContent.trim()).filter((text) => text !== "");
  const chart = shownChart();
  return reportItem(shownTable(), texts, linesOf(taking), chart === null ? null : chartText(chart));
}

// The program's own file: the same words, with another format or output.
async function made(words, name) {
  const answer = await taking.ask(words);
  if (answer.status !== 0) throw new Error(answer.errors.trim().replace(/^weeg: /gm, ""));
  return name === undefined ? answer.output : answer.files.find((file) => file.name === `/${name}`).bytes;
}

function withoutFormat(words) {
  const at = words.indexOf("--format");
  return at < 0 ? words : [...words.slice(0, at), ...words.slice(at + 2)];
}

const ways = {
  "copy-table": () => copyTable(shownTable()).then(() => say("copied")),
  "copy-r": () => copy(find("r-lines").textContent).then(() => say("copied")),
  "copy-shell": () => copy(find("shell-lines").textContent).then(() => say("copied")),
  "save-csv": async () => {
    const name = nameOf("table.csv");
    save(name, "text/csv", await made([...withoutFormat(taking.words), "--format", "csv"]));
    return say("saved", { file: name });
  },
  "save-html": () => {
    const name = nameOf("table.html"), one = item();
    save(name, "text/html", reportFile(one.title, [one]));
    return say("saved", { file: name });
  },
  "save-svg": () => {
    const name = nameOf("chart.svg");
    save(name, "image/svg+xml", chartText(shownChart()));
    return say("saved", { file: name });
  },
  "save-png": async () => {
    const name = nameOf("chart.png");
    save(name, "image/png", await chartPicture(shownChart()));
    return say("saved", { file: name });
  },
  "save-tally": async () => {
    const name = nameOf("tally.weeg");
    save(name, "application/octet-stream", await made(taking.tally, taking.tally.at(-1)));
    return say("savedTally", { file: name });
  },
  keep: () => {
    keep(item());
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
  tell("");
  if (what === null) return;
  const r = rLines(what.words, what.file);
  find("r-part").hidden = r === null;
  find("r-lines").textContent = r ?? "";
  find("shell-lines").textContent = shellLine(what.words, what.file);
  for (const id of ["save-svg", "save-png"]) find(id).hidden = shownChart() === null;
  find("save-tally").hidden = what.tally === null;
}

for (const [id, take] of Object.entries(ways)) {
  find(id).addEventListener("click", async () => {
    try {
      tell(await take());
    } catch (error) {
      tell(say("notTaken", { reason: error.message }));
    }
  });
}
