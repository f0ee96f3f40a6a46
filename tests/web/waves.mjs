// Several files as the waves of one survey: node tests/web/waves.mjs PAGE.html FOLDER
//
// FOLDER has the files of data.R: the study as one file, and by wave. The figures of the page are those of the one file, to the last
// digit, and those of the lines that it shows.
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseCsv, runLines, saved } from "./taken.mjs";
import { axe, check, drop, dropAlone, file, folder, openBrowser, openPage, pick, shots } from "./user.mjs";

const text = (page, id) => page.textContent(`#${id}`);
const idle = (page) => page.waitForFunction(() => !document.body.hasAttribute("aria-busy") && document.querySelector("#work:not([inert])"));
const bytesOf = (name) => readFileSync(join(folder, name));
const labels = (page) => page.$$eval("#wave-list input", (all) => all.map((one) => one.value));

async function rename(page, id, value) {
  await page.fill(`#${id}`, value);
  await page.locator(`#${id}`).blur();
  await page.waitForTimeout(20);
  await idle(page);
}

async function open(context, ...names) {
  const opened = await openPage(context, pathToFileURL(file).href, ["error", "warning"]);
  if (names.length > 0) await drop(opened.page, ...names);
  return opened;
}

// The figures of all kinds of requests, as the page saves them.
async function figures(page) {
  const list = {}, keep = async (name, id = "save-csv") => { list[name] = String((await saved(page, id)).bytes); };
  await page.uncheck("#protect");
  for (const part of ["net-part", "domain-part", "items-part"]) await page.evaluate((id) => { document.getElementById(id).open = true; }, part);
  await pick(page, "cluster", "gemeente");
  await pick(page, "group", "");
  await pick(page, "outcome", "vertrouwen");
  await keep("a question");
  await pick(page, "group", "ronde");
  await keep("a table");
  await page.click("#compare");
  await page.waitForSelector("#comparison table");
  list.against = await page.inputValue("#compare-with");
  await keep("a comparison", "save-comparison");
  await page.click("#compare");
  await pick(page, "more", "provider");
  await keep("two groups");
  await page.click("#groups button");
  await idle(page);
  await pick(page, "outcome", "leeftijd");
  await pick(page, "measure", "mean");
  await keep("means");
  await pick(page, "measure", "median");
  await keep("medians");
  await pick(page, "outcome", "growth");
  for (const tick of (await page.$$("#net-answers input")).slice(0, 2)) await tick.check();
  await page.click("#net-make");
  await idle(page);
  await keep("answers together");
  await page.click("#net button");
  await page.selectOption("#domain-variable", "geslacht");
  await page.click("#domain-answers input");
  await idle(page);
  await keep("some respondents");
  await page.click("#domain button");
  for (const one of ["knelpunt_banen", "knelpunt_schulden"]) await page.check(`#items input[value=${one}]`);
  await idle(page);
  await keep("several answers");
  for (const one of ["knelpunt_banen", "knelpunt_schulden"]) await page.uncheck(`#items input[value=${one}]`);
  await idle(page);
  return list;
}

// What is not the same, and which texts are no figures.
const unlike = (a, b) => Object.keys(a).filter((name) => a[name] !== b[name] || (name !== "against" && parseCsv(a[name]).length < 2));

async function study(context, one, names) {
  const what = names.join(" and "), { page, errors } = await open(context, ...names), single = await open(context, one);
  check(`${what}: both are open`, /^2 files.*1,582 rows/.test(await text(page, "opened")), await text(page, "opened"));
  check(`${what}: waves are named after the files`, (await labels(page)).join() === "2013,2014", await labels(page));
  check(`${what}: their variable is the group`, await page.inputValue("#group") === "wave" && await page.inputValue("#wave-name") === "wave");
  const proposed = await text(page, "unconfirmed-waves");
  check(`${what}: that is a proposal, and results say so`, /2013, 2014/.test(proposed), proposed);
  await axe(page, `${what}, waves`);
  await page.screenshot({ path: join(shots, `web-waves-${names[1]}.png`), fullPage: true });
  await rename(page, "wave-0", "ronde 2");
  check(`${what}: names go on to the list`, /ronde 2/.test(await text(page, "variables-body")));
  await rename(page, "wave-0", "ronde 1");
  await rename(page, "wave-1", "ronde 2");
  await rename(page, "wave-name", "ronde");
  check(`${what}: a group keeps its variable`, await page.inputValue("#group") === "ronde", await page.inputValue("#group"));
  check(`${what}: names that were given are no proposal`, await text(page, "unconfirmed-waves") === "" && await page.$("#waves-confirm") === null);
  check(`${what}: the weight is recognised`, await page.inputValue("#weights") === "gewicht");

  check(`${what}: without clusters none are the same`, await page.isHidden("#same"));
  const apart = await figures(page);
  await pick(single.page, "strata", "ronde");
  const ofOne = await figures(single.page);
  check(`${what}: the figures of the one file`, unlike(apart, ofOne).length === 0 && Object.keys(apart).length === 10,
    unlike(apart, ofOne).map((name) => `${apart[name]} ${ofOne[name]}`).join());
  check(`${what}: waves are compared with the one before`, apart.against === "previous" && /ronde 2,ronde 1/.test(apart["a comparison"]),
    apart["a comparison"]);
  await page.check("#same");
  await idle(page);
  const panel = await figures(page);
  await pick(single.page, "strata", "");
  const without = await figures(single.page);
  check(`${what}: the same clusters in every wave: no strata are waves`, unlike(panel, without).length === 0
    && panel["a table"] !== apart["a table"], unlike(panel, without).join());
  await pick(page, "outcome", "vertrouwen");
  await page.click("#take summary");
  check(`${what}: the lines say so`, /--panel/.test(await text(page, "shell-lines")) && /panel = TRUE/.test(await text(page, "r-lines")));
  await runLines(page, `${what}, a panel`);
  await page.uncheck("#same");
  await idle(page);
  await runLines(page, `${what}, waves`);
  const tally = await saved(page, "save-tally");
  check(`${what}: files are named after the first one`, tally.name === "clients2013-ronde-2-tally.weeg", tally.name);
  await page.click("#keep");
  const report = String((await saved(page, "save-report")).bytes);
  check(`${what}: the report has the lines`, report.includes("ronde 1:clients2013"), report.slice(-500));
  check(`${what}: no console message`, errors.length === 0, errors.join("; "));
  await page.close();
  await single.page.close();
}

// Files of two kinds are as those of one.
async function mixed(context) {
  const { page } = await open(context, "clients2013.sav", "clients2014.csv"), list = [];
  const { page: other } = await open(context, "clients2013.sav", "clients2014.sav");
  for (const one of [page, other]) {
    await one.uncheck("#protect");
    await pick(one, "cluster", "gemeente");
    await pick(one, "outcome", "vertrouwen");
    list.push(String((await saved(one, "save-csv")).bytes));
    await pick(one, "outcome", "leeftijd");
    await pick(one, "measure", "mean");
    list.push(String((await saved(one, "save-csv")).bytes));
  }
  const warned = await text(page, "warned"), listed = await page.$$eval("#variables-body .name", (all) => all.map((one) => one.textContent));
  check("SPSS and CSV together: what is not the same is said, and left out", /TRUE.*clients2014\.csv/.test(warned)
    && !listed.includes("knelpunt_banen") && listed.includes("vertrouwen"), warned);
  check("SPSS and CSV together: the same figures", list[0] === list[2] && list[1] === list[3] && parseCsv(list[0]).length > 3, list.join("\n"));
  await page.close();
  await other.close();
}

// A file more, a file less, another order; what was chosen stays.
async function changing(context) {
  const { page, errors } = await open(context, "clients2014.sav");
  check("one file: there is no wave", await page.isHidden("#waves") && await page.isVisible("#add-part label"));
  await pick(page, "outcome", "vertrouwen");
  await page.setInputFiles("#add-file", join(folder, "clients2013.sav"));
  await page.waitForSelector("#waves:not([hidden])");
  await idle(page);
  check("a file is added: it has its place by its name", (await labels(page)).join() === "2013,2014", await labels(page));
  check("and the outcome stays, by wave", await page.inputValue("#outcome") === "vertrouwen" && await page.inputValue("#group") === "wave"
    && (await page.$$("#result table tr")).length > 2);
  const third = { name: "clients2016 (new).sav", mimeType: "", buffer: bytesOf("clients2013.sav") };
  await page.setInputFiles("#add-file", third);
  await page.waitForSelector("#wave-2");
  await idle(page);
  check("a third one", (await labels(page)).join() === "2013,2014,2016" && /^3 files/.test(await text(page, "opened")), await labels(page));
  const rows = () => page.$$eval("#result table tbody tr", (all) => all.map((row) => row.cells[0].textContent).join());
  check("is a row of the table", /^2013,2014,2016/.test(await rows()), await rows());
  await page.click("#wave-list li:nth-child(3) button:text('Earlier')");
  await page.waitForTimeout(20);
  await idle(page);
  check("waves are put in another order", /^2013,2016,2014/.test(await rows()), await rows());
  await rename(page, "wave-1", "2013");
  check("two waves of one name are refused", /name of its own/.test(await text(page, "problem")), await text(page, "problem"));
  await rename(page, "wave-1", "2016");
  for (const left of [2, 1]) {
    await page.click(`#wave-list li:nth-child(${left}) button:text('Remove')`);
    await page.waitForTimeout(20);
    await idle(page);
  }
  check("of one that is left there is no wave", await page.isHidden("#waves") && await page.inputValue("#group") === ""
    && /^clients2014\.sav: 649 rows/.test(await text(page, "opened")), await text(page, "opened"));
  check("and the outcome is still there", await page.inputValue("#outcome") === "vertrouwen");
  check("no console message", errors.length === 0, errors.join("; "));
  await page.close();
}

// The names of files are texts alone, in the page, the shell and R.
async function names(context) {
  const odd = [`it's 2013, a=b:c "q" <b>x.sav`, "$(touch x) `2014` \\ ;&|\u202e<img src=x onerror=document.title=1>.sav"];
  odd.forEach((name, k) => copyFileSync(join(folder, ["clients2013.sav", "clients2014.sav"][k]), join(folder, name)));
  const { page, errors } = await open(context, ...odd), title = await page.title();
  check("odd names: waves", (await labels(page)).join() === "2013,2014", await labels(page));
  await page.uncheck("#protect");
  await pick(page, "cluster", "gemeente");
  await pick(page, "outcome", "vertrouwen");
  await rename(page, "wave-0", `<b>'1",=:\\`);
  check("odd names: no HTML comes of them", await page.$$eval("main b, main img", (all) => all.length) === 0 && await page.title() === title);
  check("odd names: but their texts do", (await text(page, "waves")).includes(odd[0]) && (await text(page, "result")).includes(`<b>'1",=:\\`));
  await page.click("#take summary");
  await runLines(page, "odd names");
  await rename(page, "wave-1", "recursive"); // an argument of R's c()
  await runLines(page, "a wave called recursive");
  await page.click("#keep");
  const report = await context.newPage();
  await report.setContent(String((await saved(page, "save-report")).bytes));
  check("odd names: nor in the report", await report.$$eval("b, img", (all) => all.length) === 0 && (await report.textContent("body")).includes("<img src=x"));
  await report.close();
  check("odd names: no console message", errors.length === 0, errors.join("; "));
  await page.close();
}

// What cannot be, and what to do then.
async function refused(context) {
  const { page } = await open(context), csv = "a,b\nx,1\ny,2\n";
  const says = async (what, pattern, ...list) => {
    await page.evaluate(() => { document.getElementById("problem").textContent = ""; });
    await dropAlone(page, ...list);
    await page.waitForFunction(() => document.getElementById("problem").textContent !== "");
    const said = await text(page, "problem");
    check(`${what}: ${said.slice(0, 70)}`, pattern.test(said), said);
  };
  await says("a tally and a file", /tally.*by itself/, ["a.weeg", "x"], ["b.csv", csv]);
  await says("two tallies", /tally.*by itself/, ["a.weeg", "x"], ["b.weeg", "x"]);
  await says("two files of a name", /two files called a\.csv/, ["a.csv", csv], ["a.csv", csv]);
  await says("a damaged second file", /clients2014\.sav/, "clients2013.sav", ["clients2014.sav", bytesOf("clients2014.sav").subarray(0, 3000)]);
  check("a damaged second file: no path of the page's is shown", !/\/files\//.test(await text(page, "problem")), await text(page, "problem"));
  check("a damaged second file: nothing is open but the names", await page.isHidden("#work") && await page.isVisible("#wave-1"));
  await page.click("#wave-list li:nth-child(2) button:text('Remove')");
  await page.waitForSelector("#work:not([hidden])");
  check("a damaged second file: without it the first opens", /^clients2013\.sav: 933 rows/.test(await text(page, "opened")), await text(page, "opened"));
  await drop(page, ["a 1.csv", "wave,b\nx,1\ny,2\n"], ["a 2.csv", "b,Round\nx,1\ny,2\n"]);
  check("a name that a column has is not proposed", await page.inputValue("#wave-name") === "survey_wave", await page.inputValue("#wave-name"));
  await page.fill("#wave-name", "b");
  await page.locator("#wave-name").blur();
  await page.waitForFunction(() => document.getElementById("problem").textContent !== "");
  check("and refused where it is given", /b, which is the name of the wave/.test(await text(page, "problem")), await text(page, "problem"));
  await page.fill("#wave-name", "c");
  await page.locator("#wave-name").blur();
  await page.waitForSelector("#work:not([hidden])");
  check("until it is another one", await text(page, "problem") === "" && /^2 files/.test(await text(page, "opened")));
  await drop(page, "labels 1.sav", "labels 2.sav");
  check("labels that contradict are said, and what to do", /trust.*make the labels the same in the files, or recode/.test(await text(page, "warned")) && !/\/files\//.test(await text(page, "warned")), await text(page, "warned"));
  await pick(page, "outcome", "good");
  check("and the other variables give tables", (await page.$$("#result table tr")).length > 1);
  await page.close();
}

const proposals = [
  [["golf1_def.sav", "golf2_def.sav"], "1,2"], [["a.csv", "b.csv"], "a,b"], [["2013_v1.sav", "2014_v1.sav", "2015_v2.sav"], "2013,2014,2015"],
  [["data.sav", "data2.sav"], "file 1,file 2"], [["meting voorjaar.sav", "meting najaar.sav"], "najaar,voorjaar"],
  [["x10.csv", "x9.csv"], "9,10"], [["same.csv", "same.sav"], "file 1,file 2"], [["202013.csv", "202014.csv"], "202013,202014"],
];

async function proposed(context) {
  const { page } = await open(context);
  for (const [files, expected] of proposals) {
    await drop(page, ...files.map((name) => [name, bytesOf(name.endsWith(".sav") ? "labels 1.sav" : "hostile.csv")]));
    const named = (one) => [...document.querySelectorAll("#wave-list label")].map((label) => label.textContent).join().includes(one);
    await page.waitForFunction(named, files[0]);
    check(`${files}: ${expected}`, (await labels(page)).join() === expected, await labels(page));
  }
  await page.close();
}

// Reading is stopped, and goes on.
async function stopped(context) {
  const { page } = await open(context);
  await page.evaluate(() => {
    const rows = [];
    for (let k = 0; k < 50000; k++) rows.push(`${k % 7},${k % 3},some words that are long enough ${k % 11},${k % 5}`);
    const piece = new Blob([`${rows.join("\n")}\n`]), transfer = new DataTransfer();
    for (const year of [2013, 2014]) transfer.items.add(new File(["a,b,c,d\n", ...new Array(80).fill(piece)], `large${year}.csv`));
    globalThis.seen = [];
    new MutationObserver(() => globalThis.seen.push(document.getElementById("progress").value))
      .observe(document.getElementById("progress"), { attributes: true });
    document.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
  });
  await page.waitForFunction(() => document.getElementById("progress").value > 0.55);
  await page.click("#cancel");
  await page.waitForFunction(() => document.getElementById("problem").textContent === "Stopped.");
  const seen = await page.evaluate(() => globalThis.seen);
  check("Stop ends the reading of both", await page.isHidden("#work") && await page.isVisible("#wave-1"));
  check("whose bar never went back", seen.slice(0, -1).every((value, k) => k === 0 || value >= seen[k - 1]), seen);
  await drop(page, "clients2013.csv", "clients2014.csv");
  check("and others open", /^2 files/.test(await text(page, "opened")), await text(page, "opened"));
  await page.close();
}

const browser = await openBrowser();
try {
  const context = await browser.newContext({ locale: "en-GB", acceptDownloads: true, viewport: { width: 1200, height: 900 } });
  const only = process.env.ONLY?.split(",");
  const all = { sav: () => study(context, "study.sav", ["clients2013.sav", "clients2014.sav"]),
    csv: () => study(context, "study.csv", ["clients2013.csv", "clients2014.csv"]), mixed, changing, names, refused, proposed, stopped };
  for (const [name, test] of Object.entries(all)) if (only === undefined || only.includes(name)) await test(context);
} catch (error) {
  check("the session goes to its end", false, error.stack);
} finally {
  await browser.close();
}
