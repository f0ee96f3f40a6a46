// The session of orca.sh: node orca.mjs PAGE.html FOLDER LOG, in a display with Orca, which writes LOG. Keys are those of the display, so
// that Orca has them too.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const { chromium } = createRequire(join(root, ".deps/browser/package.json"))("playwright-core");
const [file, folder, log] = process.argv.slice(2);
const wait = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
let read = 0; // of the log

// Does something, and prints what Orca said of it.
async function heard(what, doing, ms = 2500) {
  await doing();
  await wait(ms);
  const text = existsSync(log) ? readFileSync(log, "utf8") : "", lines = text.slice(read).match(/SPEECH OUTPUT: '.*/g) ?? [];
  read = text.length;
  console.log(`# ${what}`);
  for (const line of lines) console.log(line.replace(/^SPEECH OUTPUT: '/, "  ").replace(/' ?(\{.*)?$/, ""));
}

const keys = async (...all) => {
  for (const key of all) {
    execFileSync("xdotool", ["key", key]);
    await wait(300);
  }
};

const args = ["--force-renderer-accessibility", ...(process.getuid?.() === 0 ? ["--no-sandbox", "--disable-dev-shm-usage"] : [])];
const browser = await chromium.launch({ headless: false, executablePath: process.env.CHROMIUM, args });
const page = await (await browser.newContext({ locale: "en-GB", viewport: { width: 1200, height: 800 } })).newPage();
await heard("the page", () => page.goto(pathToFileURL(file).href), 4000);
await heard("three tabs", () => keys("Tab", "Tab", "Tab"));
await heard("a file", () => page.setInputFiles("#file", join(folder, "study.sav")), 4000);
await heard("the outcome", () => keys(..."Vertr"));
await heard("the group", async () => {
  await page.focus("#group");
  await keys(..."Organi");
}, 4000);
await heard("the next table, and along its row", () => keys("Insert+a", "t", "alt+shift+Right", "alt+shift+Down", "alt+shift+Right"));
await heard("a comparison", async () => {
  await page.focus("#compare");
  await keys("Return");
}, 4000);
await heard("a copy", async () => {
  await page.focus("#copy-table");
  await keys("Return");
});
await heard("an error", () => page.selectOption("#strata", "id"), 3000);
await browser.close();
