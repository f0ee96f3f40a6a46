// Comparisons of groups: differences of shares with p-values adjusted for how many there are.
import { element } from "./dom.js";
import { below, isProtected } from "./table.js";
import { number, pValue, say } from "./words.js";

const usualWave = /^(wave|waves|ronde|rondes|golf|round|rounds|meting|jaar|year|period|periode|kwartaal|quarter)$/i;

// What is compared first: waves each with the one before it, other groups in pairs. wave: that of several files, or null.
export const usualComparison = (groups, wave) => (groups.length === 1 && (groups[0] === wave || usualWave.test(groups[0])) ? "previous" : "pairs");

// Shares are in percentage points; means, which are of no answer, are as they are.
const isMean = (row) => row.level === undefined;
const shownOf = (row) => (x) => number(typeof x === "number" && !isMean(row) ? 100 * x : x ?? null, 1);
const namesOf = { total: "againstTotalName", rest: "againstRestName" };
const second = (name) => (namesOf[name] === undefined ? name : say(namesOf[name]));
const small = (p) => (typeof p === "number" ? pValue(p).replace(/^p [=] /, "").replace(/^p /, "") : "–");

// Of a hidden comparison nothing is shown: a sign in each column.
function hiddenLine(row) {
  const sign = () => element("td", { class: "number none", title: say("protectedSign") }, say("hiddenSign"));
  return element("tr", {}, element("th", { scope: "row" }, say("pair", { first: row.group1, second: second(row.group2) })),
    sign(), sign(), sign(), sign(), sign(), element("td", {}, say("protectedReason")));
}

function line(row) {
  if (isProtected(row)) return hiddenLine(row);
  const points = shownOf(row), signed = (x) => (x > 0 ? "+" : "") + points(x);
  const told = typeof row["p.adjusted"] === "number" && row["p.adjusted"] < 0.05;
  return element("tr", { class: told ? "told" : null },
    element("th", { scope: "row" }, say("pair", { first: row.group1, second: second(row.group2) })),
    element("td", { class: "number" }, points(row.estimate1)), element("td", { class: "number" }, points(row.estimate2)),
    element("td", { class: "number", title: row.reason }, element("span", { class: "share" }, signed(row.estimate)),
      ...(typeof row["conf.low"] !== "number" ? [] : below(say("interval", { low: points(row["conf.low"]), high: points(row["conf.high"]) })))),
    element("td", { class: "number" }, small(row["p.value"])), element("td", { class: "number" }, small(row["p.adjusted"])),
    element("td", {}, typeof row["p.adjusted"] !== "number" ? row.reason ?? "–" : say(!told ? "notTold" : `${row.estimate > 0 ? "more" : "less"}${isMean(row) ? "Mean" : ""}`, { first: row.group1 })));
}

// A table for each answer that was compared, or of means.
export function comparisonTables(result, { title, called }) {
  const heads = isMean(result.rows[0] ?? {}) ? ["firstMean", "secondMean"] : ["first", "second"];
  return [...new Set(result.rows.map((row) => row.level))].map((answer) => element("table", { class: "result comparison" },
    element("caption", {}, element("span", {}, say("comparisonOf", { title, answer: answer === undefined ? say("difference") : called(answer) }))),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, say("groups")),
      ...[...heads, "difference", "p", "pAdjusted"].map((key) => element("th", { scope: "col", class: "number" }, say(key))),
      element("th", { scope: "col" }, say("inWords")))),
    element("tbody", {}, ...result.rows.filter((row) => row.level === answer).map(line))));
}
