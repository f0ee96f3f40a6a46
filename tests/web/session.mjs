// A session in headless Chromium, as a user has it: node tests/web/session.mjs PAGE.html FOLDER [http://...]
//
// FOLDER has the files of data.R. Prints a line "ok ..." or "not ok ..." for each thing that is looked at, and leaves pictures in
// build/screenshots.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { axe, check, drop, file, folder, openBrowser, openPage, pick, root, shots } from "./user.mjs";

const cells = (page) => page.$$eval("#result thead tr, #result tbody tr", (rows) => rows.map((row) =>
  [...row.cells].map((cell) => (cell.querySelector(".share") ?? cell).textContent)));

async function session(context, url, name) {
  const { page, errors, requests } = await openPage(context, url);
  await axe(page, `${name}, empty`);
  await drop(page, name);
  const rows = await page.$$eval("#variables-body tr", (list) => list.length);
  check(`${name}: 28 variables are listed`, rows === 28, rows);
  check(`${name}: the weight is recognised`, await page.inputValue("#weights") === "gewicht");
  await page.fill("#search", "werkplein");
  const found = await page.$$eval("#variables-body tr", (list) => list.length);
  check(`${name}: a variable is found by an answer`, found === 1, found);
  await page.fill("#search", "");
  await pick(page, "cluster", "gemeente");
  await pick(page, "outcome", "vertrouwen");
  await pick(page, "group", "provider");
  const table = await cells(page);
  const native = JSON.parse(execFileSync(join(root, "build/plain/weeg"), ["crosstab", name, "vertrouwen ~ provider", "--weights",
    "gewicht", "--cluster", "gemeente", "--format", "json"], { cwd: folder, encoding: "utf8" }));
  const expected = native.rows.map((row) => `${row.provider} ${row.level} ${(100 * row.estimate).toFixed(1)} ${row["n.base"]}`);
  const shown = table.slice(1).flatMap((row) => table[0].slice(1, -2).map((answer, k) =>
    `${row[0]} ${answer} ${row[k + 1].replace("*", "")} ${row.at(-2)}`));
  check(`${name}: the table has the program's numbers`, expected.join("|") === shown.join("|"), shown.join("|"));
  const words = await page.textContent("#test");
  check(`${name}: the test is in words`, /Rao–Scott F\(.*p [=<] 0\.\d/.test(words), words);
  await axe(page, `${name}, a table`);
  await page.screenshot({ path: join(shots, `web-${name}.png`), fullPage: true });
  await page.selectOption("#language", "nl");
  const dutch = await page.textContent("#test");
  check(`${name}: in Dutch, with its numbers`, /^(De antwoorden|Een verschil).*p [=<] 0,\d/.test(dutch), dutch);
  await page.selectOption("#language", "en");
  await pick(page, "strata", "id");
  const problem = await page.textContent("#problem");
  check(`${name}: what is wrong is said`, problem.length > 20, problem);
  await pick(page, "strata", "");
  check(`${name}: and is gone when it is right`, await page.textContent("#problem") === "" && (await cells(page)).length > 2);
  // texts of a file are texts
  await drop(page, "hostile.csv");
  await pick(page, "outcome", "b");
  await pick(page, "group", "<script>document.title='HTML'</script>");
  const hostile = await page.evaluate(() => [document.title, document.querySelectorAll("#work img, #work script, #work b").length]);
  check(`${name}: no HTML comes from a file`, hostile[0] !== "HTML" && hostile[1] === 0, hostile);
  check(`${name}: but its texts do`, (await page.textContent("#result")).includes("<img src=x"));
  check(`${name}: no console error`, errors.length === 0, errors.join("; "));
  check(`${name}: no request`, requests.length === 0, requests.join(" "));
  const refused = await page.evaluate(() => fetch("https://example.org/").then(() => "sent", () => "refused"));
  check(`${name}: the browser itself refuses to send`, refused === "refused" && errors.some((text) => /Content Security Policy/.test(text)),
    errors.join("; "));
  await page.close();
}

// The data that the page has within it: those of study.sav, whether a button or a link opens them, and said to be simulated.
async function example(context, url) {
  const { page: opened } = await openPage(context, url);
  await drop(opened, "study.sav");
  for (const [id, name] of [["strata", "ronde"], ["cluster", "gemeente"], ["outcome", "strengths"], ["group", "provider"]]) await pick(opened, id, name);
  const expected = await cells(opened);
  await opened.close();
  for (const name of ["", "#openvoorwerk"]) {
    const { page, errors, requests } = await openPage(context, url + name);
    if (name === "") await page.click("#example");
    await page.waitForSelector("#result table");
    const shown = await cells(page), source = await page.textContent("#opened");
    check(`example${name}: its first table is the study's`, expected.length > 4 && shown.join() === expected.join(), shown.join());
    const [wide, room] = await page.$eval("#result .scrolls", (node) => [node.scrollWidth, node.clientWidth]);
    check(`example${name}: the whole table is seen on a desktop`, wide <= room, `${wide} in ${room}`);
    check(`example${name}: it is said to be simulated`, /^openvoorwerk-simulated\.sav.*1,582/.test(source), source);
    check(`example${name}: no error, no request`, errors.length + requests.length === 0, [...errors, ...requests].join(" "));
    await page.close();
  }
}

const browser = await openBrowser();
try {
  // the browser is online, so that a request would be seen
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1200, height: 900 } });
  for (const name of ["study.sav", "study.csv"]) await session(context, pathToFileURL(file).href, name);
  await example(context, pathToFileURL(file).href);
} finally {
  await browser.close();
}
