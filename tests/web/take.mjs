// What a user takes away of the page: node tests/web/take.mjs PAGE.html FOLDER
//
// The lines of R and of the shell that the page shows are run as they stand, and give the figures that the page saves as CSV, all
// digits of them; but for what two C libraries make of exp, log and pow: 1e-9, as in numbers.mjs.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { differ, parseCsv, runComparison, runLines, saved } from "./taken.mjs";
import { axe, check, drop, file, folder, openBrowser, openPage, pick, root, shots } from "./user.mjs";

// Pastes what was copied, as a user does, and looks at what came.
async function paste(page, context) {
  const other = await context.newPage();
  await other.setContent("<div contenteditable id=word style='width:40em;height:20em'></div><textarea id=text></textarea>");
  await other.click("#word");
  await other.keyboard.press("Control+V");
  await other.click("#text");
  await other.keyboard.press("Control+V");
  const came = await other.evaluate(`(${String(function look() {
    const table = document.querySelector("#word table");
    return { cells: table && [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent)),
      html: document.querySelector("#word").innerHTML, text: document.querySelector("#text").value };
  })})()`);
  await other.close();
  return came;
}

const shownCells = (page) => page.$$eval("#result table tr", (rows) => rows.flatMap((row) => {
  const of = (cell, name) => cell.querySelector(name)?.textContent;
  const first = [...row.cells].map((cell) => of(cell, ".share") ?? cell.textContent.replace(/\u00a0/g, " "));
  return row.querySelector(".interval") === null ? [first] : [first, [...row.cells].map((cell) => of(cell, ".interval") ?? "")];
}));

// The text of each sheet, as it would be printed on A4.
async function printed(page) {
  const path = join(folder, "printed.pdf");
  await page.pdf({ path, format: "A4" });
  try {
    return execFileSync("pdftotext", ["-layout", path, "-"], { encoding: "utf8" }).split("\f").slice(0, -1);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return ["Autumn By sex"]; // no poppler here: not looked at
  }
}

async function session(context, name) {
  const { page, errors, requests } = await openPage(context, pathToFileURL(file).href);
  await drop(page, name);
  check(`${name}: nothing to take before there is a table`, await page.isHidden("#take") && await page.isHidden("#report"));
  await pick(page, "cluster", "gemeente");
  await pick(page, "outcome", "vertrouwen");
  await pick(page, "group", "arbeidssituatie");
  await page.click("#take summary");
  // protected: a CSV file without small counts; the shell's line gives it
  const few = parseCsv((await saved(page, "save-csv")).bytes.toString()), at = few[0].indexOf("n");
  check(`${name}: no small count is saved`, few.slice(1).every((row) => row[at] === "NA" || Number(row[at]) >= 10)
    && few.slice(1).some((row) => row[at] === "NA") && few.slice(1).some((row) => row[at] !== "NA"), few.map((row) => row[at]));
  const protect = execFileSync("sh", ["-c", `PATH=${join(root, "build/plain")}:$PATH; ${(await page.textContent("#shell-lines")).split("\n")[0]} --format csv`],
    { cwd: folder, encoding: "utf8" });
  check(`${name}: the shell's line protects as the page does`, differ(parseCsv(protect), few).length === 0, differ(parseCsv(protect), few));
  const sheets = await saved(page, "save-xlsx"), asCsv = join(folder, "protected.csv");
  writeFileSync(asCsv, protect);
  const said = execFileSync("Rscript", ["--no-init-file", join(root, "tests/cli/sheets.R"), asCsv, sheets.path], { encoding: "utf8" });
  check(`${name}: so does the workbook`, !/not ok/.test(said) && /[1-9][0-9]* hidden/.test(said), said);
  await runLines(page, `${name}, protected`);
  await pick(page, "group", "gemeente");
  await runLines(page, `${name}, protected, small groups`);
  await page.uncheck("#protect");
  await pick(page, "group", "");
  await runLines(page, `${name}, a question`);
  await pick(page, "group", "provider");
  await runLines(page, `${name}, a table`);
  await pick(page, "weights", "");
  await runLines(page, `${name}, a table without weights`);
  await pick(page, "weights", "gewicht");

  // in Dutch, so that numbers have commas
  await page.selectOption("#language", "nl");
  await page.click("#copy-table");
  await page.waitForFunction(() => document.querySelector("#taken").textContent !== "");
  const shown = await shownCells(page), came = await paste(page, context);
  check(`${name}: the table pastes as a table`, JSON.stringify(came.cells) === JSON.stringify(shown), JSON.stringify(came));
  check(`${name}: its numbers are Dutch`, shown.some((row) => row.some((text) => /^\d+,\d\*?$/.test(text))), shown);
  const lines = came.text.replace(/\r?\n$/, "").split(/\r?\n/).slice(1, shown.length + 1).map((line) => line.split("\t"));
  check(`${name}: and what it is of and what its signs mean comes with it`, came.text.includes(`Bron: ${name}. Gewogen met gewicht`)
    && came.html.includes("Rao–Scott") && (!/‡/.test(JSON.stringify(shown)) || came.text.includes("‡ Te onzeker")), came.text.slice(-300));
  check(`${name}: and as cells between tabs`, JSON.stringify(lines) === JSON.stringify(shown), came.text);
  await page.selectOption("#language", "en");

  // the report: two tables, with a title, a note, and their order
  await page.click("#keep");
  await pick(page, "group", "geslacht");
  await page.click("#keep");
  const hostile = "<img src=x onerror=document.title='HTML'>";
  await page.fill("#kept-title-1", "By sex");
  await page.fill("#kept-note-1", hostile);
  await page.fill("#report-title", "Autumn");
  await page.click(".kept:nth-of-type(2) .up");
  await axe(page, `${name}, a report`);
  const titles = await page.$$eval(".kept input", (all) => all.map((one) => one.value));
  check(`${name}: the report has its order`, titles.length === 2 && titles[0] === "By sex", titles);
  await page.emulateMedia({ media: "print" });
  check(`${name}: the report is what is printed`, await page.isHidden("#work") && await page.isVisible(".kept table")
    && await page.isHidden("#print-report"));
  check(`${name}: and nothing that opens files`, await page.isHidden("#drop") && await page.isHidden("#add-part"));
  const sheets2 = await printed(page);
  check(`${name}: on two sheets, from the first one on`, sheets2.length <= 2 && sheets2[0].includes("Autumn") && sheets2[0].includes("By sex"), JSON.stringify(sheets2).slice(0, 200));
  await page.screenshot({ path: join(shots, `web-report-${name}.png`), fullPage: true });
  await page.emulateMedia({ media: null });
  const report = await saved(page, "save-report"), opened = await context.newPage();
  await opened.goto(pathToFileURL(report.path).href);
  const seen = await opened.evaluate(() => ({ title: document.title, heads: [...document.querySelectorAll("h2")].map((one) => one.textContent),
    heads2: [...document.querySelectorAll("table")].every((table) => table.querySelectorAll("thead th[scope=col], tbody th[scope=row]").length === table.tHead.rows[0].cells.length + table.tBodies[0].rows.length),
    tables: document.querySelectorAll("table").length, images: document.querySelectorAll("img[src=x]").length,
    text: document.body.textContent }));
  check(`${name}: the report is a file of its own`, seen.title === "Autumn" && seen.heads[0] === "By sex" && seen.tables === 2
    && seen.text.includes("library(weeg)"), JSON.stringify(seen).slice(0, 200));
  check(`${name}: its tables have headers of rows and of columns`, seen.heads2);
  check(`${name}: and their source`, seen.text.includes(`Source: ${name}. Weighted by gewicht; clusters: gemeente.`));
  check(`${name}: what is written into it is text`, seen.images === 0 && seen.text.includes(hostile));
  await opened.close();
  await page.click(".kept:nth-of-type(1) .remove");
  const left = await page.$$eval(".kept", (all) => all.length);
  check(`${name}: a table is removed from the report`, left === 1, left);

  // a workbook, of the figures of the CSV file; sheets.R says which of them are
  const figures = await saved(page, "save-csv"), workbook = await saved(page, "save-xlsx");
  check(`${name}: a workbook is saved`, workbook.name.endsWith(".xlsx") && String(workbook.bytes.subarray(0, 2)) === "PK");
  for (const line of execFileSync("Rscript", ["--no-init-file", join(root, "tests/cli/sheets.R"), figures.path, workbook.path],
    { encoding: "utf8" }).trim().split("\n")) console.log(line.replace(/^(not )?ok /, (start) => `${start}${name}, the workbook: `));

  // what is compared, and a table each
  await page.click("#compare");
  await page.waitForSelector("#comparison table");
  const comparison = parseCsv((await saved(page, "save-comparison")).bytes.toString());
  const shownRows = await page.$$eval("#comparison tbody tr", (all) => all.length);
  check(`${name}: a comparison is saved`, comparison.length - 1 >= shownRows && comparison[0].includes("p.adjusted"), comparison[0]);
  await runComparison(page, `${name}, a comparison`, comparison);
  await page.click("#copy-comparison");
  await page.waitForFunction(() => /Copied/.test(document.querySelector("#comparison-taken").textContent));
  const pasted = await paste(page, context);
  check(`${name}: and copied`, pasted.cells !== null && pasted.cells.length > shownRows, JSON.stringify(pasted.cells));
  const before = await page.$$eval(".kept", (all) => all.length);
  await page.click("#keep-comparison");
  check(`${name}: and kept`, await page.$$eval(".kept", (all) => all.length) > before);
  while (await page.$$eval(".kept", (all) => all.length) > before) await page.click(".kept:last-of-type .remove");
  await page.click("#compare");
  await pick(page, "more", "provider");
  await page.check("[name=together][value=apart]");
  await page.waitForFunction(() => document.querySelectorAll("#result table").length === 2 && !document.body.hasAttribute("aria-busy"));
  await page.click("#copy-table");
  await page.waitForFunction(() => /Copied/.test(document.querySelector("#taken").textContent));
  const both = (await paste(page, context)).text;
  check(`${name}: both tables are copied`, (await page.$$eval("#result caption", (all) => all.map((one) => one.textContent)))
    .every((title) => both.includes(title)), both);
  const files = [];
  page.on("download", (one) => files.push(one.suggestedFilename()));
  await page.click("#save-csv");
  await page.waitForFunction(() => /table-2[.]csv/.test(document.querySelector("#taken").textContent));
  for (let k = 0; k < 200 && files.length < 2; k++) await page.waitForTimeout(25); // the browser tells of a download later
  check(`${name}: and saved, each in a file`, new Set(files).size === 2, files);
  check(`${name}: the lines are those of both`, (await page.textContent("#shell-lines")).split("\n").length === 3
    && (await page.textContent("#r-lines")).split("\n").filter((line) => line.startsWith("weeg_crosstab")).length === 2);
  await page.check("[name=together][value=crossed]");
  await page.click("#groups button");
  await page.waitForFunction(() => document.querySelectorAll("#result table").length === 1 && !document.body.hasAttribute("aria-busy"));

  const html = await saved(page, "save-html");
  check(`${name}: a page of one table has one title`, !/<h2>/.test(html.bytes) && /<h1>/.test(html.bytes));
  check(`${name}: a table is a page`, /^<!DOCTYPE html>/.test(html.bytes) && String(html.bytes).includes("Rao–Scott"), html.name);
  // the tally gives the figures of the table
  const csv = parseCsv((await saved(page, "save-csv")).bytes.toString());
  const tally = await saved(page, "save-tally");
  const again = execFileSync(join(root, "build/plain/weeg"), ["crosstab", tally.path, "vertrouwen ~ geslacht", "--total", "--format", "csv"],
    { encoding: "utf8" });
  const byTally = differ(parseCsv(again), csv);
  check(`${name}: the tally gives the figures`, byTally.length === 0, byTally.join("; "));
  check(`${name}: and that it is confidential is said`, /confidential/.test(await page.textContent("#taken")));
  // protected, it is one to send: with the name of the sender in place of those of clusters
  check(`${name}: nobody is asked who sends it`, await page.isHidden("#sender"));
  await page.check("#protect");
  await page.waitForFunction(() => !document.body.hasAttribute("aria-busy"));
  await page.click("#save-tally");
  await page.waitForFunction(() => /who sends/.test(document.querySelector("#taken").textContent));
  await page.fill("#sender", "North");
  const sent = await saved(page, "save-tally"), text = sent.bytes.toString("latin1");
  const given = execFileSync(join(root, "build/plain/weeg"), ["proportion", sent.path, "vertrouwen ~ geslacht", "--format", "csv"],
    { encoding: "utf8" }), plain = execFileSync(join(root, "build/plain/weeg"), ["proportion", tally.path, "vertrouwen ~ geslacht",
    "--format", "csv"], { encoding: "utf8" });
  check(`${name}: a protected tally has the figures`, differ(parseCsv(given), parseCsv(plain)).length === 0, given);
  check(`${name}: and numbers for names`, text.includes("North: 1") && !text.includes("Almelo")
    && tally.bytes.toString("latin1").includes("Almelo"), text.slice(0, 300));
  // without clusters each respondent is one, and is not sent: the page says where clusters are chosen
  await pick(page, "cluster", "");
  await page.click("#save-tally");
  await page.waitForFunction(() => document.querySelector("#taken").textContent !== "");
  check(`${name}: a tally that cannot be sent says what to do`, /each row is a PSU.*[.] If the sample has clusters.*Sample design/
    .test(await page.textContent("#taken")), await page.textContent("#taken"));
  await pick(page, "cluster", "gemeente");
  await page.uncheck("#protect");
  await page.waitForFunction(() => !document.body.hasAttribute("aria-busy"));

  // the chart as it is shown, as a drawing and as a picture; with it the table is still copied
  check(`${name}: without a chart none is saved`, await page.isHidden("#save-svg") && await page.isHidden("#save-png"));
  await page.check("[name=view][value=bars]");
  const shownTexts = await page.$$eval("#result svg text", (all) => all.map((one) => one.textContent));
  const svg = await saved(page, "save-svg"), png = await saved(page, "save-png"), drawing = await context.newPage();
  await drawing.goto(pathToFileURL(svg.path).href);
  const box = await drawing.evaluate(() => ({ name: document.documentElement.localName, width: document.documentElement.width.baseVal.value,
    texts: [...document.querySelectorAll("text")].map((one) => one.textContent) }));
  await drawing.screenshot({ path: join(shots, `web-chart-${name}.png`) });
  await drawing.close();
  check(`${name}: the chart is a drawing with its texts`, box.name === "svg" && box.width > 100 && box.texts.length > 3
    && JSON.stringify(box.texts).includes(JSON.stringify(shownTexts).slice(1, -1)), JSON.stringify(box));
  const heading = box.texts.slice(0, box.texts.indexOf(shownTexts[0])).join(" "), notes = box.texts.slice(-3).join(" ");
  check(`${name}: and has its title and notes with it`, heading === await page.textContent("#result .title") && /in none of the groups[.]/.test(notes)
    && notes.includes(`Source: ${name}. Weighted by gewicht`), [heading, notes]);
  const wide = png.bytes.readUInt32BE(16), dots = await page.evaluate(async (bytes) => {
    const image = await createImageBitmap(new Blob([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const { data } = canvas.getImageData(0, 0, image.width, image.height), seen = new Set();
    for (let k = 0; k < data.length; k += 4) seen.add((data[k] << 16) | (data[k + 1] << 8) | data[k + 2]);
    return seen.size;
  }, png.bytes.toString("base64"));
  check(`${name}: and a picture of three dots per point, with colours`, wide === Math.ceil(3 * box.width) && dots > 10, `${wide} ${dots}`);
  await page.click("#copy-table");
  await page.waitForFunction(() => /Copied/.test(document.querySelector("#taken").textContent));
  const beside = JSON.stringify((await paste(page, context)).cells);
  check(`${name}: beside a chart the table is copied`, beside === JSON.stringify(await shownCells(page)), beside);
  await page.click("#keep");
  const pictures = await page.$$eval(".kept img", (all) => all.map((one) => one.complete && one.naturalWidth > 100));
  check(`${name}: a chart is kept with its table`, pictures.length === 1 && pictures[0], pictures);
  check(`${name}: no console error`, errors.length === 0, errors.join("; "));
  check(`${name}: no request`, requests.length === 0, requests.join(" "));
  await page.close();
}

const browser = await openBrowser();
try {
  const context = await browser.newContext({ locale: "en-GB", acceptDownloads: true, viewport: { width: 1200, height: 900 } });
  for (const name of ["study.sav", "study.csv"]) await session(context, name);
} finally {
  await browser.close();
}
