// The program's answer as a table: groups in rows, answers in columns; and its test in words. No number is made here.
import { element } from "./dom.js";
import { number, pValue, percent, say } from "./words.js";

const unique = (list) => [...new Set(list)];

function cell(row) {
  if (row === undefined) return element("td", { class: "number" }, "–");
  const flagged = row.reliability !== undefined && row.reliability !== null && row.reliability !== "show";
  const interval = row["conf.low"] === null ? null
    : element("span", { class: "interval" }, say("interval", { low: percent(row["conf.low"]), high: percent(row["conf.high"]) }));
  return element("td", { class: flagged ? "number flagged" : "number", title: row.reason },
    element("span", { class: "share" }, percent(row.estimate) + (flagged ? "*" : "")), interval);
}

// {variables} of readVariables() for labels; group: null where there is none.
export function crossTable(result, { outcome, group }, label) {
  const rows = result.rows, answers = unique(rows.map((row) => row.level));
  const groups = group === null ? [null] : unique(rows.map((row) => row[group]));
  const caption = group === null ? label(outcome) : say("tableOf", { outcome: label(outcome), group: label(group) });
  const body = groups.map((name) => {
    const own = rows.filter((row) => group === null || row[group] === name);
    const weighted = own.every((row) => typeof row["n.weighted"] === "number")
      ? own.reduce((sum, row) => sum + row["n.weighted"], 0) : null;
    return element("tr", {}, element("th", { scope: "row" }, name ?? say("all")),
      ...answers.map((answer) => cell(own.find((row) => row.level === answer))),
      element("td", { class: "number" }, number(own[0]?.["n.base"])), element("td", { class: "number" }, number(weighted, 1)));
  });
  return element("table", { class: "result" }, element("caption", {}, caption),
    element("thead", {}, element("tr", {}, element("td", {}),
      ...answers.map((answer) => element("th", { scope: "col" }, answer)),
      element("th", { scope: "col" }, say("nRows")), element("th", { scope: "col" }, say("nWeighted")))),
    element("tbody", {}, ...body));
}

export function testInWords(result) {
  const test = result.test?.[0];
  if (test === undefined) return null;
  if (typeof test["p.value"] !== "number") return say("noTest", { reason: test.reason ?? "" });
  const digits = (df) => number(df, Number.isInteger(df) ? 0 : 1);
  const text = say("testF", { df1: digits(test["num.df"]), df2: digits(test["den.df"]), statistic: number(test.statistic, 2),
    p: pValue(test["p.value"]) });
  return say(test["p.value"] < 0.05 ? "differ" : "differNot", { test: text });
}

// Why figures are flagged, once.
export function flagNotes(result) {
  return unique(result.rows.filter((row) => row.reliability && row.reliability !== "show")
    .map((row) => row["reliability.reason"] ?? row.reliability)).map((what) => say("unreliable", { what }));
}
