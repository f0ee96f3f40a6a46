// The program in WebAssembly gives the numbers of the program: node tests/web/numbers.mjs PROGRAM.wasm PROGRAM FOLDER
//
// Texts are the same. Numbers may differ by what the two C libraries make of exp, log and pow (an ulp or so), multiplied by what
// is solved for: 1e-9 of a number, or 1e-12 where it is 0 by the arithmetic.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { run } from "../../web/wasi.js";
import { OnDisk } from "./on-disk.mjs";

const [wasm, program, folder] = process.argv.slice(2).map((path) => resolve(path));
const module = new WebAssembly.Module(readFileSync(wasm));

// Several files, whose names have a blank between them, are waves; under: the folder of each.
const wordOf = (name, under = "") => (!name.includes(" ") ? `${under}${name}`
  : `golf=${name.split(" ").map((one, k) => `${k + 1}:${under}${one}`).join(",")}`);

// kept: files of the program under /kept, as the worker holds on to them.
function inPage(words, name, kept = new Map()) {
  const opened = name.split(" ").map((one) => [`/${one}`, new OnDisk(join(folder, one))]), files = new Map([...opened, ...kept]);
  const answer = run(module, words.map((word) => (word === "FILE" ? wordOf(name, "/") : word)), files);
  for (const [, file] of opened) file.close();
  for (const [path, memory] of files) if (path.startsWith("/kept/")) kept.set(path, memory);
  return { ...answer, output: new TextDecoder().decode(answer.output) };
}

// The places where two answers differ, and the largest relative difference of numbers to `found.most`.
function differences(a, b, where, found) {
  if (typeof a === "number" && typeof b === "number") {
    found.numbers++;
    const by = Math.abs(a - b);
    if (by > 1e-12) found.most = Math.max(found.most, by / Math.max(Math.abs(a), Math.abs(b)));
    if (by > 1e-12 && by > 1e-9 * Math.max(Math.abs(a), Math.abs(b))) found.places.push(`${where}: ${a} is not ${b}`);
  } else if (a !== null && b !== null && typeof a === "object" && typeof b === "object") {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) differences(a[key], b[key], `${where}.${key}`, found);
  } else if (a !== b) {
    found.places.push(`${where}: ${a} is not ${b}`);
  }
}

const clusters = ["--weights", "gewicht", "--strata", "ronde", "--cluster", "gemeente"];
const designs = [["--weights", "gewicht"], ["--weights", "gewicht", "--strata", "organisatie"], clusters];
const analyses = [
  ["proportion", "FILE", "strengths + relapse ~ provider"],
  ["crosstab", "FILE", "vertrouwen ~ provider"],
  ["test", "FILE", "growth ~ geslacht"],
  ["compare", "FILE", "vertrouwen ~ provider", "--adjust", "holm"],
  ["mean", "FILE", "leeftijd ~ provider"],
  ["total", "FILE", "~ vertrouwen"],
  ["multiple", "FILE", "knelpunt_banen + knelpunt_ervaring + knelpunt_leeftijd ~ geslacht"],
  ["association", "FILE", "vertrouwen ~ geslacht"],
  ["logistic", "FILE", "vertrouwen ~ provider + geslacht"],
];
// of files that are compressed, or waves, few analyses
const files = { "clients2013.sav clients2014.sav": 2, "clients2013.csv clients2014.csv": 2, "clients2013.csv clients2014.sav": 1, "study.csv": 9, "study.sav": 9, "study.csv.gz": 1, "study.zsav": 1 };
for (const [name, count] of Object.entries(files)) {
  const kept = new Map(), part = new Map();
  inPage(["variables", "FILE"], name, kept);
  for (const analysis of analyses.slice(0, count)) {
    for (const design of designs) {
      if (name.includes(" ") && design === clusters) continue; // which has the wave as strata
      const yes = analysis[0] === "multiple" && name === "study.sav" ? ["--yes", "1"] : [];
      const words = [...analysis, ...yes, ...design, "--format", "json"];
      const line = `${words.join(" ")} (${name})`;
      const native = execFileSync(program, words.map((word) => (word === "FILE" ? wordOf(name) : word)), { cwd: folder, encoding: "utf8" });
      const page = inPage(words, name);
      const found = { numbers: 0, most: 0, places: page.status === 0 ? [] : [page.errors] };
      if (page.status === 0) differences(JSON.parse(native), JSON.parse(page.output), "", found);
      // of columns that are kept, all or some, it says the same to the last digit
      for (const columns of [kept, part]) {
        const again = inPage(words, name, columns);
        if (again.output !== page.output || again.errors !== page.errors) found.places.push(`of kept columns: ${again.errors}`);
      }
      if (found.places.length === 0 && found.numbers === 0) found.places.push("there are no numbers");
      console.log(found.places.length === 0 ? `ok ${line}` : `not ok ${line}: ${found.places.slice(0, 3).join("; ")}`);
    }
  }
}

// what a user does wrong is said, and the next request is sound
for (const [words, expected] of [[["crosstab", "FILE", "nothing ~ provider"], "nothing"], [["crosstab", "FILE"], "outcome ~ group"]]) {
  const page = inPage(words, "study.csv");
  const said = page.status > 0 && page.errors.includes(expected);
  console.log(`${said ? "ok" : "not ok"} ${words.join(" ")}: ${page.errors.trim()}`);
}

// a column that is kept as text is read anew where it is no number, for the reader to say where
const odd = new Map(), wrong = ["crosstab", "FILE", "vertrouwen ~ provider", "--weights", "organisatie"];
inPage(["variables", "FILE"], "study.csv", odd);
const fresh = inPage(wrong, "study.csv"), keptToo = inPage(wrong, "study.csv", odd);
console.log(`${fresh.status > 0 && fresh.errors === keptToo.errors ? "ok" : "not ok"} what is wrong is said of kept columns: ${keptToo.errors.trim()}`);
