// Comparisons of groups: differences of shares with p-values adjusted for how many there are.
import { element } from "./dom.js";
import { isProtected } from "./table.js";
import { number, pValue, say } from "./words.js";

const wave = /^(wave|waves|ronde|rondes|golf|round|rounds|meting|jaar|year|period|periode|kwartaal|quarter)$/i;

// What is compared first: rounds each with the one before it, other groups in pairs.
export const usualComparison = (groups) => (groups.length === 1 && wave.test(groups[0]) ? "previous" : "pairs");

const points = (x) => number(typeof x === "number" ? 100 * x : null, 1);
const signed = (x) => (x > 0 ? "+" : "") + points(x);
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
  const told = typeof row["p.adjusted"] === "number" && row["p.adjusted"] < 0.05;
  return element("tr", { class: told ? "told" : null },
    element("th", { scope: "row" }, say("pair", { first: row.group1, second: second(row.group2) })),
    element("td", { class: "number" }, points(row.estimate1)), element("td", { class: "number" }, points(row.estimate2)),
    element("td", { class: "number", title: row.reason }, element("span", { class: "share" }, signed(row.estimate)),
      typeof row["conf.low"] !== "number" ? null
        : element("span", { class: "interval" }, say("interval", { low: points(row["conf.low"]), high: points(row["conf.high"]) }))),
    element("td", { class: "number" }, small(row["p.value"])), element("td", { class: "number" }, small(row["p.adjusted"])),
    element("td", {}, typeof row["p.adjusted"] !== "number" ? row.reason ?? "–" : say(told ? (row.estimate > 0 ? "more" : "less") : "notTold")));
}

// A table for each answer that was compared.
export function comparisonTables(result, title) {
  return [...new Set(result.rows.map((row) => row.level))].map((answer) => element("table", { class: "result comparison" },
    element("caption", {}, element("span", {}, say("comparisonOf", { title, answer }))),
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, say("groups")),
      ...["first", "second", "difference", "p", "pAdjusted"].map((key) => element("th", { scope: "col", class: "number" }, say(key))),
      element("th", { scope: "col" }, say("inWords")))),
    element("tbody", {}, ...result.rows.filter((row) => row.level === answer).map(line))));
}
