// The page in both languages: the same session in each, and no text that somebody reads or hears is the same in both, but for names,
// data and what is typed. node tests/web/languages.mjs PAGE.html FOLDER
//
// FOLDER has the files of data.R.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { saved } from "./taken.mjs";
import { check, drop, file, folder, openBrowser, openPage, pick } from "./user.mjs";

// Texts of the page that are read or heard: those of elements, boxes' hints, and names. Lines of code and options of choices from data
// are no words of the page.
const texts = (page) => page.evaluate(() => {
  const found = new Set(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), add = (text) => {
    const plain = (text ?? "").replace(/\s+/g, " ").trim();
    if (plain !== "") found.add(plain);
  };
  while (walker.nextNode()) {
    if (!["SCRIPT", "STYLE", "PRE"].includes(walker.currentNode.parentNode.localName.toUpperCase())) add(walker.currentNode.textContent);
  }
  for (const node of document.querySelectorAll("*")) {
    for (const name of ["aria-label", "aria-description", "aria-roledescription", "aria-valuetext", "title", "alt", "placeholder"]) add(node.getAttribute(name));
  }
  add(document.title);
  return [...found];
});

async function session(language) {
  const browser = await openBrowser(), context = await browser.newContext({ locale: language, acceptDownloads: true });
  const { page } = await openPage(context, pathToFileURL(file).href), seen = new Set(), kept = {};
  const look = async () => {
    await page.waitForFunction(() => !document.body.hasAttribute("aria-busy"));
    for (const text of await texts(page)) seen.add(text);
  };
  await look();
  await drop(page, "study.csv");
  await look();
  for (const part of ["net-part", "domain-part", "items-part"]) await page.evaluate((id) => { document.getElementById(id).open = true; }, part);
  await pick(page, "domain-variable", "geslacht");
  await pick(page, "outcome", "vertrouwen");
  for (const group of ["", "arbeidssituatie", "provider"]) {
    await pick(page, "group", group);
    for (const view of ["bars", "points", "table"]) {
      await page.check(`[name=view][value=${view}]`);
      await look();
    }
  }
  for (const measure of ["column", "total", "count", "share"]) {
    await pick(page, "measure", measure);
    await look();
  }
  await page.click("#compare");
  await page.waitForSelector("#comparison table");
  for (const against of ["total", "rest", "previous", "pairs"]) {
    await pick(page, "compare-with", against);
    await look();
  }
  await page.click("#compare");
  for (const id of ["keep", "copy-table", "save-tally"]) {
    await page.click(`#${id}`);
    await page.waitForTimeout(50);
    await look();
  }
  kept.html = String((await saved(page, "save-html")).bytes);
  await page.uncheck("#protect");
  await look();
  kept.report = String((await saved(page, "save-report")).bytes);
  for (const [name, measure] of [["leeftijd", "mean"], ["leeftijd", "median"]]) {
    await pick(page, "outcome", name);
    await pick(page, "measure", measure);
    await look();
  }
  for (const item of ["knelpunt_banen", "knelpunt_ervaring"]) await page.check(`#items [value=${item}]`);
  await look();
  await page.fill("#search", "werk");
  await look();
  await drop(page, "clients2013.sav", "clients2014.sav");
  await look();
  await pick(page, "outcome", "vertrouwen");
  await look();
  await drop(page, "labels 1.sav", "labels 2.sav");
  await look();
  await browser.close();
  return { seen, kept };
}

// What the files say, with labels, in which texts may stand with a count, or beside each other.
const data = ["study.csv", "study.sav", "labels 1.sav"].map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
const isData = (text) => text.split(" – ").every((part) => data.includes(part.replace(/ \((\d+|n = \d+|[a-z_]+)\)$/, "")));
const words = (text) => text.match(/[A-Za-z]{2,}/g) ?? [];

const en = await session("en-GB"), nl = await session("nl-NL");
const left = [...nl.seen].filter((text) => en.seen.has(text) && words(text).length > 1 && !isData(text));
check("texts were found in both languages", en.seen.size > 150 && nl.seen.size > 150, `${en.seen.size} ${nl.seen.size}`);
check("no sentence is the same in both languages", left.length === 0, left.join(" | "));
for (const [what, text] of Object.entries(nl.kept)) {
  check(`${what} that is saved in Dutch says so`, /<html lang="nl">/.test(text) && !/\b(respondents|Weighted by|Source:)/.test(text), text.slice(0, 200));
  check(`${what} that is saved in English says so`, /<html lang="en">/.test(en.kept[what]) && /Source:/.test(en.kept[what]), en.kept[what].slice(0, 200));
}
