// How fast the page is, in Chromium, and the same by the program in one run: node bench/page.mjs PAGE.html PROGRAM FOLDER FILE...
//
// FILEs of FOLDER have the columns of openvoorwerk. Of each, in seconds: from the file given to the variables listed; then
// clicks, each a table that was not asked before; what the program takes with one thread for the same tables, the whole file
// read each time, and the ratio; and the most memory that a process of the browser took. Before that, without a browser: one
// table by the page's program in Node, which reads the file too, and by the program, in turns, and the speed of the former in
// that of the latter.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { OnDisk } from "../tests/web/on-disk.mjs";
import { run } from "../web/wasi.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const deps = createRequire(join(root, ".deps/browser/package.json"));
const [file, program, folder, ...names] = process.argv.slice(2);
const tables = [["vertrouwen", "provider"], ["growth", "geslacht"], ["strengths", "leeftijdsgroep"], ["resultaat", "ronde"]];

// Peaks of resident memory of the browser's processes, the largest, in MB.
function peak() {
  const found = readdirSync("/proc").filter((id) => /^\d+$/.test(id)).map((id) => {
    try {
      const renders = readFileSync(`/proc/${id}/cmdline`, "utf8").includes("--type=renderer");
      return renders ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))[1]) / 1024 : 0;
    } catch {
      return 0;
    }
  });
  return Math.max(...found);
}

const median = (times) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];

const words = (path, [outcome, group]) => ["crosstab", path, `${outcome} ~ ${group}`, "--weights", "gewicht", "--threads", "1",
  "--format", "json"];

function native(name, table) {
  const started = performance.now();
  execFileSync(program, words(join(folder, name), table));
  return performance.now() - started;
}

const module = new WebAssembly.Module(gunzipSync(Buffer.from(
  /<script[^>]*id="weeg-program"[^>]*>([^<]*)</.exec(readFileSync(file, "utf8"))[1], "base64")));

function inPage(name, table) {
  const started = performance.now(), data = new OnDisk(join(folder, name));
  const { status, errors } = run(module, words(`/${name}`, table), new Map([[`/${name}`, data]]));
  data.close();
  if (status !== 0) throw new Error(errors);
  return performance.now() - started;
}

function compare(name) {
  const times = Array.from({ length: 31 }, () => [inPage(name, tables[0]), native(name, tables[0])]);
  const [page, shell] = [0, 1].map((k) => median(times.map((one) => one[k])));
  console.log(`${name}: a table from the file in WebAssembly ${page.toFixed(0)} ms, by the program ${shell.toFixed(0)} ms: ` +
    `${(shell / page).toFixed(2)} of its speed`);
}

// The time until the page is idle again, by its own clock.
const idle = (page) => page.evaluate(() => new Promise((resolve) => {
  const look = () => (document.body.hasAttribute("aria-busy") ? setTimeout(look, 1) : resolve(performance.now()));
  look();
}));

async function measure(browser, name) {
  const page = await browser.newPage();
  page.setDefaultTimeout(600000);
  await page.goto(pathToFileURL(file).href);
  await page.waitForSelector("body[data-ready]");
  let started = Date.now();
  await page.setInputFiles("#file", join(folder, name));
  await page.waitForFunction(() => document.getElementById("opened").textContent !== "");
  const listed = Date.now() - started;
  const clicks = [];
  let first = null;
  for (const [outcome, group] of tables) {
    for (const [id, value] of [["outcome", outcome], ["group", group]]) {
      const took = await page.evaluate(([which, what]) => {
        const select = document.getElementById(which);
        globalThis.begun = performance.now();
        select.value = what;
        select.dispatchEvent(new Event("change", { bubbles: true }));
      }, [id, value]).then(() => idle(page)).then((end) => page.evaluate((at) => at - globalThis.begun, end));
      clicks.push(took);
      first ??= Date.now() - started;
    }
  }
  const size = statSync(join(folder, name)).size / 1e6, shell = median(tables.map((table) => native(name, table)));
  console.log(`${name}: ${size.toFixed(0)} MB; variables ${(listed / 1000).toFixed(2)} s, first table ${(first / 1000).toFixed(2)} s; ` +
    `a click ${median(clicks).toFixed(0)} ms (most ${Math.max(...clicks).toFixed(0)}); the program ${shell.toFixed(0)} ms: ` +
    `a click is ${(median(clicks) / shell).toFixed(2)} of it; most memory ${peak().toFixed(0)} MB`);
  await page.close();
}

const { chromium } = deps("playwright-core");
const executablePath = process.env.CHROMIUM || execFileSync("sh",
  ["-c", "command -v chromium || command -v chromium-browser || command -v google-chrome"], { encoding: "utf8" }).trim();
const args = process.getuid?.() === 0 ? ["--no-sandbox", "--disable-dev-shm-usage"] : [];
for (const name of names) {
  compare(name);
  const browser = await chromium.launch({ executablePath, args });
  try {
    await measure(browser, name);
  } finally {
    await browser.close();
  }
}
