// A session in Dutch: nothing that the program says is English. node tests/web/dutch.mjs PAGE.html FOLDER
//
// FOLDER has the files of data.R. Prints a line "ok ..." or "not ok ..." for each thing that is looked at.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { check, drop, file, folder, openBrowser, openPage, pick } from "./user.mjs";

// Words that Dutch does not have, nor the files here.
const english = /\b(the|is not|are|and|not|with|without|has|have|must|cannot|there|which|each|by|give|use|from|than|only|levels?|weights?|rows?|file|line|missing|estimate|variance|degrees|design)\b/i;

// Options and names of methods are the same in every language.
const isEnglish = (text) => english.exec(text.replace(/rao-scott-\w+|beta-nchs|--[a-z-]+( \w+)?/g, ""));
const said = (page, id) => page.textContent(`#${id}`);

// Drops a file that is refused, and gives what is said of it.
async function refused(page, name, bytes) {
  writeFileSync(join(folder, name), bytes);
  await page.setInputFiles("#file", join(folder, name));
  await page.waitForFunction(() => document.getElementById("problem").textContent !== "" && !document.body.hasAttribute("aria-busy"));
  return said(page, "problem");
}

const browser = await openBrowser();
const context = await browser.newContext({ locale: "nl-NL" });
const { page, errors } = await openPage(context, pathToFileURL(file).href);
check("the page of a Dutch browser is Dutch", await page.getAttribute("html", "lang") === "nl");

const files = [["leeg.csv", "", /leeg/], ["open.csv", "a,b\n\"x,1\n", /wordt niet gesloten/], ["los.csv", "a,b\nx\"y,1\n", /los aanhalingsteken/],
  ["kort.csv", "a,b\n1\n", /1 veld, terwijl er 2 kolommen/], ["lang.csv", "a,b\n1,2,3\n", /3 velden, terwijl er 2 kolommen/],
  ["a%s%n%d.csv", "a,b\n1,2,3\n", /a%s%n%d\.csv: regel 2/], ["map.xlsx", "PK\x03\x04xxxxxxxx", /Excel-werkmap/], ["x.pdf", "%PDF-1.4\n", /pdf/],
  ["gegevens.dta", "<stata_dta>", /Stata-bestand/], ["kapot.sav", "$FL2 damaged", /kan niet worden gelezen/],
  ["kapot.weeg", Buffer.from("\x89WGT\r\n\x1a\n123456", "latin1"), /tellingbestand/], ["utf16.csv", Buffer.from("a,b\n1,2\n", "utf16le"), /UTF-/]];
for (const [name, bytes, expected] of files) {
  const words = await refused(page, name, bytes);
  check(`${name} is refused in Dutch`, expected.test(words) && !isEnglish(words), words);
}

writeFileSync(join(folder, "fout.csv"), ["gewicht,stratum,cluster,antwoord,groep,getal,aantal", "1,a,1,ja,x,1,9", "-1,a,1,nee,x,2,9", "2,b,1,ja,y,3,8",
  "2,b,2,nee,y,,8", "1,,3,ja,y,inf,1", "1,c,4,nee,x,5,1"].join("\n"));
await drop(page, "fout.csv");
for (const role of ["weights", "strata", "cluster", "fpc"]) await pick(page, role, "");
await pick(page, "outcome", "antwoord");
await pick(page, "group", "groep");
const result = await said(page, "result");
check("how it was computed is said in Dutch", /Conventies: weeg;.*; toets rao-scott-.*vrijheidsgraden PSU's - strata;.*foutmelding/.test(result), result);
check("and nothing is English", !isEnglish(result), isEnglish(result));
const choices = [["weights", "gewicht", /het gewicht in rij 2 is negatief/], ["weights", "groep", /groep kan niet tegelijk als getallen en als categorieën worden gelezen/],
  ["strata", "stratum", /het stratum in rij 5 ontbreekt/], ["cluster", "cluster", null], ["fpc", "aantal", null],
  ["fpc", "getal", /regel 6, kolom 6 \(getal\): "inf" is geen getal/]];
for (const [role, name, expected] of choices) {
  await pick(page, role, name);
  const words = await said(page, "problem"), all = words + await said(page, "result");
  check(`${role} ${name}: in Dutch`, (expected === null || expected.test(words)) && !isEnglish(all), words || isEnglish(all));
  await pick(page, role, "");
}
await pick(page, "strata", "stratum");
await page.selectOption("#language", "en");
await page.waitForFunction(() => /the stratum in row 5 is missing/.test(document.getElementById("problem").textContent));
check("another language is asked for again", true);
await page.selectOption("#language", "nl");
await page.waitForFunction(() => /het stratum in rij 5 ontbreekt/.test(document.getElementById("problem").textContent));
await pick(page, "strata", "");
await pick(page, "weights", "");

await drop(page, "study.csv");
await pick(page, "outcome", "vertrouwen");
for (const group of ["provider", "id", "gemeente", "leeftijd"]) {
  await pick(page, "group", group);
  const all = await said(page, "problem") + await said(page, "result");
  check(`study.csv by ${group}: in Dutch`, !isEnglish(all), isEnglish(all));
}

// of 60 columns, 5000 values each are told apart
writeFileSync(join(folder, "veel.csv"), `respondent,gewicht,antwoord${Array.from({ length: 57 }, (_, k) => `,v${k}`).join("")}\n${
  Array.from({ length: 6000 }, (_, k) => `R${k},${1 + k / 1e4},${k % 3 ? "ja" : "nee"}${",1".repeat(57)}`).join("\n")}\n`);
await drop(page, "veel.csv");
const cells = () => page.$$eval("#variables-body tr", (rows) => rows.slice(0, 3).map((row) => row.cells[2].textContent));
const listed = await cells();
check("of many values it is said that they are many, in Dutch", listed[0] === "meer dan 5.000 verschillende waarden" && listed[1] === listed[0] &&
  listed[2].startsWith("2"), listed);
await page.selectOption("#language", "en");
check("and in English", (await cells())[0] === "more than 5,000 different values", await cells());
await page.selectOption("#language", "nl");
await pick(page, "weights", "gewicht");
await pick(page, "cluster", "respondent");
await pick(page, "outcome", "antwoord");
check("and they are weights and clusters as others are", /6\.000/.test(await said(page, "result")) && await said(page, "problem") === "", await said(page, "problem"));
check("no error in the console", errors.length === 0, errors.join("; "));
await browser.close();
