// What a page saves, and the lines that it shows, for tests of them.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, folder, root } from "./user.mjs";

export async function saved(page, id) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(`#${id}`)]);
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return { path, name: download.suggestedFilename(), bytes: readFileSync(path) };
}

// Rows of a CSV file as the program and R write it.
export function parseCsv(text) {
  const rows = [[]];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    rows.at(-1).push(quoted === undefined ? bare : quoted.replace(/""/g, '"'));
    if (end === "") break;
    if (end !== ",") rows.push([]);
  }
  return rows.filter((row) => row.length > 1);
}

// The figures by column and row that are not the same; or what keeps them from being compared.
export function differ(a, b) {
  const [head, ...rows] = a, columns = ["level", "estimate", "std.error", "conf.low", "conf.high", "n", "n.base", "n.weighted",
    "group1", "group2", "p.value", "p.adjusted"]
    .filter((name) => head.includes(name));
  if (!columns.includes("estimate") || rows.length === 0 || rows.length !== b.length - 1) return [`${rows.length} rows, not ${b.length - 1}`];
  return rows.flatMap((row, k) => columns.filter((name) => {
    const x = row[head.indexOf(name)], y = b[k + 1][b[0].indexOf(name)];
    return x !== y && !(Math.abs(x - y) <= 1e-9 * Math.abs(y));
  }).map((name) => `${name} ${k}: ${row[head.indexOf(name)]} is not ${b[k + 1][b[0].indexOf(name)]}`));
}

const figuresOfShell = (line) => parseCsv(execFileSync("sh", ["-c", `PATH=${join(root, "build/plain")}:$PATH; ${line} --format csv`],
  { cwd: folder, encoding: "utf8" }));

// Runs the lines that are shown, in the folder of the files.
export async function runLines(page, what) {
  const csv = parseCsv((await saved(page, "save-csv")).bytes.toString());
  const parts = (await page.textContent("#shell-lines")).split("\n").map(figuresOfShell);
  // the file has the total behind the groups, as the page shows it; the lines give each, or one gives both where counts are protected
  const total = csv.filter((row) => row[0] === "Total").length;
  if (parts.length === 1 && total > 0) parts.push([csv[0], ...parts[0].splice(parts[0].length - total)]);
  const last = csv.length - (parts[1] === undefined ? 0 : parts[1].length - 1);
  if (await page.isVisible("#r-part")) await runR(page, what, csv.slice(0, last));
  const byShell = [...differ(parts[0], csv.slice(0, last)), ...(parts[1] === undefined ? [] : differ(parts[1], [csv[0], ...csv.slice(last)]))];
  check(`${what}: the lines of the shell give the figures`, byShell.length === 0, byShell.join("; "));
  check(`${what}: the total is in the file where it is in the page`, parts[1] === undefined ? await page.$("#result tfoot") === null
    : csv.slice(last).every((row) => row[0] === "Total"), csv.at(-1));
}

// Runs lines of R as they stand; the figures of the last one.
function figuresOfR(text) {
  const r = text.split("\n"), script = join(folder, "lines.R"), at = r.findIndex((line) => /^weeg_/.test(line));
  writeFileSync(script, [...r.slice(0, at), `result <- ${r[at]}`, ...r.slice(at + 1),
    'rows <- as.data.frame(result); for (k in which(vapply(rows, is.double, NA))) rows[[k]] <- sprintf("%.17g", rows[[k]])',
    'write.csv(rows, "lines.csv", row.names = FALSE, na = "")'].join("\n"));
  execFileSync("Rscript", ["--no-init-file", script], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  return parseCsv(readFileSync(join(folder, "lines.csv"), "utf8"));
}

async function runR(page, what, csv) {
  const byR = differ(figuresOfR(await page.textContent("#r-lines")), csv);
  check(`${what}: the lines of R give the figures`, byR.length === 0, byR.join("; "));
}

// The lines below a comparison, of R and of the shell.
export async function runComparison(page, what, csv) {
  const [r, shell] = await page.$$eval("#comparison pre", (all) => all.map((one) => one.textContent));
  const byR = differ(figuresOfR(r), csv), byShell = differ(figuresOfShell(shell), csv);
  check(`${what}: the lines of R give the figures`, byR.length === 0, byR.join("; "));
  check(`${what}: the lines of the shell give the figures`, byShell.length === 0, byShell.join("; "));
}
