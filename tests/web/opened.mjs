// What is opened, how the sample was drawn, and how long it takes: node tests/web/opened.mjs PAGE.html FOLDER
//
// FOLDER has the files of data.R. Prints a line "ok ..." or "not ok ..." for each thing that is looked at.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const deps = createRequire(join(root, ".deps/browser/package.json"));
const [file, folder] = process.argv.slice(2);
const PATIENCE = 120000;

function check(what, holds, seen = "") {
  console.log(holds ? `ok ${what}` : `not ok ${what}: ${String(seen).slice(0, 300)}`);
}

const native = (...words) => execFileSync(join(root, "build/plain/weeg"), words, { cwd: folder, encoding: "utf8" });

const idle = async (page) => {
  await page.waitForFunction(() => !document.body.hasAttribute("aria-busy"));
};

async function open(page, name, opened = name) {
  await page.setInputFiles("#file", join(folder, name));
  await page.waitForFunction((given) => document.getElementById("opened").textContent.startsWith(`${given}:`), opened);
  await idle(page);
}

async function pick(page, id, value) {
  await page.selectOption(`#${id}`, value);
  await idle(page);
}

async function fresh(context, url) {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on("pageerror", (error) => check("no error in the page", false, error));
  await page.goto(url);
  await page.waitForSelector("body[data-ready]");
  return page;
}

async function tally(context, url) {
  const page = await fresh(context, url);
  native("tally", "study.csv", "vertrouwen + provider", "--weights", "gewicht", "--output", "study.weeg");
  await open(page, "study.weeg");
  const listed = await page.$$eval("#variables-body tr", (rows) => rows.map((row) => row.cells[0].textContent));
  check("a tally: its variables are listed", listed.length === 2 && listed[1].includes("provider"), listed);
  check("a tally: it has its design already", await page.isHidden("#weights"));
  await pick(page, "outcome", "vertrouwen");
  await pick(page, "group", "provider");
  const { rows } = JSON.parse(native("crosstab", "study.weeg", "vertrouwen ~ provider", "--format", "json"));
  const shown = await page.$$eval("#result tbody .share", (cells) => cells.map((cell) => cell.textContent.replace("*", "")));
  check("a tally: the table has its numbers", shown.join() === rows.map((row) => (100 * row.estimate).toFixed(1)).join(), shown);
  await page.close();
}

// A table that is still being made when another file comes is not waited for, nor shown among what that file has.
async function inBetween(context, url) {
  const page = await fresh(context, url);
  await open(page, "study.sav");
  await page.evaluate(() => {
    const outcome = document.getElementById("outcome"), transfer = new DataTransfer();
    outcome.value = "vertrouwen";
    outcome.dispatchEvent(new Event("change"));
    transfer.items.add(new File(["not SPSS"], "other.sav"));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  });
  await page.waitForFunction(() => document.getElementById("problem").textContent.includes("other.sav"));
  await idle(page);
  check("a file in between: no table of the one before", await page.isHidden("#work") && await page.$("#result table") === null);
  await page.close();
}

// Files that SPSS or gzip compressed give the numbers of the file as it was.
async function compressed(context, url) {
  const page = await fresh(context, url), design = ["--weights", "gewicht", "--format", "json"];
  const files = [["study.zsav", "study.zsav", "study.sav"], ["study.sav.gz", "study.sav", "study.sav"],
    ["study.csv.gz", "study.csv.gz", "study.csv"]];
  for (const [given, opened, plain] of files) {
    const { rows } = JSON.parse(native("crosstab", plain, "vertrouwen ~ provider", ...design));
    const shares = rows.map((row) => (100 * row.estimate).toFixed(1)).join();
    await open(page, given, opened);
    await page.uncheck("#protect");
    await idle(page);
    await pick(page, "outcome", "vertrouwen");
    await pick(page, "group", "provider");
    const shown = await page.$$eval("#result tbody .share", (cells) => cells.map((cell) => cell.textContent.replace("*", "")));
    check(`${given}: the table has its numbers`, shown.join() === shares, `${shown} and not ${shares}`);
    const line = await page.textContent("#shell-lines");
    check(`${given}: the shell's line names ${opened}`, line.includes(` ${opened} `), line);
  }
  for (const [name, says] of [["cut.sav.gz", /^cut\.sav\.gz .*damaged/], ["packed.csv.zst", /packed\.csv\.zst.*unpack/]]) {
    await page.setInputFiles("#file", { name, mimeType: "", buffer: readFileSync(join(folder, "study.sav.gz")).subarray(0, 5000) });
    await page.waitForFunction(() => document.getElementById("problem").textContent !== "");
    const said = await page.textContent("#problem");
    check(`${name}: what cannot be opened is said`, says.test(said) && await page.textContent("#status") === "", said);
  }
  await page.close();
}

async function roles(context, url) {
  const page = await fresh(context, url);
  await open(page, "study.csv");
  const proposed = await page.textContent("#unconfirmed");
  check("a weight known by name is a proposal, and results say so", proposed.includes("gewicht"), proposed);
  await page.click("#confirm");
  check("until it is confirmed", await page.textContent("#unconfirmed") === "" && await page.locator("#confirm").count() === 0);
  await pick(page, "cluster", "gemeente");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save-page")]);
  const saved = join(folder, "remembers.html");
  await download.saveAs(saved);
  const copy = await fresh(context, pathToFileURL(saved).href);
  await open(copy, "study.csv");
  const found = [await copy.inputValue("#weights"), await copy.inputValue("#cluster"), await copy.textContent("#unconfirmed")];
  check("a saved copy of the page remembers", found.join() === "gewicht,gemeente,", found);
  const [again] = await Promise.all([copy.waitForEvent("download"), copy.click("#save-page")]);
  await again.saveAs(join(folder, "again.html"));
  const text = (path) => readFileSync(path, "utf8").replace(/\s+/g, "");
  check("and so does a copy of the copy", text(join(folder, "again.html")) === text(saved));
  await pick(copy, "cluster", "");
  await pick(copy, "fpc", "leeftijd");
  await pick(copy, "outcome", "vertrouwen");
  const problem = await copy.textContent("#problem");
  check("population sizes are asked for (and the ages are none)", /the fpc in row/.test(problem), problem);
  await copy.close();
  await page.close();
}

// Of a large file a bar shows how far the reading is; Stop ends it, and the page goes on.
async function progress(context, url) {
  const page = await fresh(context, url);
  await page.evaluate(() => {
    const rows = [];
    for (let k = 0; k < 50000; k++) rows.push(`${k % 7},${k % 3},some words that are long enough ${k % 11},${k % 5}`);
    const piece = new Blob([`${rows.join("\n")}\n`]);
    const transfer = new DataTransfer();
    transfer.items.add(new File(["a,b,c,d\n", ...new Array(150).fill(piece)], "large.csv"));
    globalThis.seen = [];
    new MutationObserver(() => globalThis.seen.push(document.getElementById("progress").value))
      .observe(document.getElementById("progress"), { attributes: true });
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  });
  await page.waitForSelector("#cancel:not([hidden])");
  await page.waitForFunction(() => document.getElementById("progress").value > 0.01);
  check("a bar shows how far the reading is", await page.isVisible("#progress"));
  await page.click("#cancel");
  await idle(page);
  const said = await page.textContent("#problem"), seen = await page.evaluate(() => globalThis.seen);
  check("Stop ends it", said === "Stopped." && await page.isHidden("#progress"), said);
  const rising = seen.slice(0, -1).filter((value, k) => k > 0 && value < seen[k - 1]).length === 0;
  check("and it never went back", seen.length > 1 && rising, seen);
  await open(page, "study.sav");
  await pick(page, "outcome", "vertrouwen");
  check("the page goes on", await page.locator("#result table").count() > 0);
  await page.close();
}

const { chromium } = deps("playwright-core");
const executablePath = process.env.CHROMIUM || execFileSync("sh",
  ["-c", "command -v chromium || command -v chromium-browser || command -v google-chrome"], { encoding: "utf8" }).trim();
const args = process.getuid?.() === 0 ? ["--no-sandbox", "--disable-dev-shm-usage"] : [];
const browser = await chromium.launch({ executablePath, args, timeout: PATIENCE });
try {
  const context = await browser.newContext({ locale: "en-GB", acceptDownloads: true });
  const url = pathToFileURL(file).href;
  await tally(context, url);
  await inBetween(context, url);
  await compressed(context, url);
  await roles(context, url);
  await progress(context, url);
} finally {
  await browser.close();
}
