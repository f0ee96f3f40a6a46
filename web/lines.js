// The lines of R that give the numbers of a request, from the words of the program that gave them.
import { named } from "./ask.js";
import { isSeveral, isTallyFile } from "./waves.js";

// R takes no marks of the direction of writing in its lines.
const marks = /[\u202a-\u202e\u2066-\u2069]/g;
const text = (words) => `"${words.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n").replace(/\t/g, "\\t")
  .replace(marks, (mark) => `\\u${mark.codePointAt(0).toString(16)}`)}"`;
const texts = (list) => (list.length === 1 ? text(list[0]) : `c(${list.map(text).join(", ")})`);
const formula = (names) => `~${names.split(",").map((name) => (name === "1" ? name : named(name))).join(" + ")}`;

// Options that are arguments of weeg_design(), and those of the analysis, whose names are R's but for hyphens.
const ofDesign = { "--weights": formula, "--strata": formula, "--cluster": formula, "--fpc": formula, "--conventions": text,
  "--lonely": text, "--pps": text, "--na-weights": text };
const byComma = (names) => texts(names.split(","));
const flags = { "--nest": "nest = TRUE", "--panel": "panel = TRUE" };
const ofAnalysis = { "--adjust": text, "--percent": text, "--interval": text, "--method": text, "--proportions": text, "--level": String,
  "--missing": text, "--yes": text, "--base": text, "--measures": byComma, "--against": text, "--threshold": String };
// A comma within an answer has a backslash before it.
const parted = (list) => list.match(/(\\,|[^,])+/g).map((one) => one.replace(/\\,/g, ","));

// The program's --net: these answers against all others. Outcomes of R are expressions.
function netted(asked, given) {
  const [left, right] = asked.split(" ~ "), single = asked.startsWith("~ ");
  const outcome = `I(${single ? asked.slice(2) : left} %in% ${texts(parted(given.slice(given.indexOf("=") + 1)))})`;
  return single ? `~ ${outcome}` : `${outcome} ~ ${right}`;
}

// The answer that is compared, of an expression for a net TRUE or FALSE.
const answerOf = (answer, net) => text(net === null ? answer : answer === net.slice(0, net.indexOf("=")) ? "TRUE" : "FALSE");

const argument = (option) => option.slice(2).replace(/-/g, "_");

// {analysis, file, formula, design, rest, domain} of the words, or null where a word is not known here.
function taken(words) {
  const [analysis, file, whole, ...options] = words, design = [], rest = [];
  const net = options.includes("--net") ? options[options.indexOf("--net") + 1] : null;
  let asked = whole;
  let domain = null;
  for (let k = 0; k < options.length; k += 2) {
    const [option, value] = options.slice(k, k + 2);
    if (option === "--format") continue;
    if (option in flags) {
      design.push(flags[option]);
      k--;
    } else if (option === "--domain") domain = value;
    else if (option === "--net") asked = netted(asked, value);
    else if (option === "--answers") rest.push(`answers = ${answerOf(value, net)}`);
    else if (option in ofDesign) design.push(`${argument(option)} = ${ofDesign[option](value)}`);
    else if (option in ofAnalysis) rest.push(`${argument(option)} = ${ofAnalysis[option](value)}`);
    else return null;
  }
  return { analysis: analysis.replace(/-/g, "_"), file, asked, design, rest, domain };
}

// What is open, as the first arguments of weeg_design(). Two names would be arguments of c() itself.
const filesOf = (source) => {
  if (!isSeveral(source)) return [text(source.files[0].name)];
  const files = source.files.map(({ name }, k) => `${text(source.labels[k])} = ${text(name)}`).join(", ");
  const put = ["recursive", "use.names"].some((name) => source.labels.includes(name)) ? "list" : "c";
  return [`${put}(${files})`, `wave = ${text(source.wave)}`];
};

// Null where R would be asked otherwise. A tally has its own design, of which the words have nothing.
export function rLines(words, source) {
  const parts = taken(words);
  if (parts === null || /(^|[ ~])\$\w/.test(parts.asked)) return null; // R has no sets in formulas
  const { analysis, asked, design, rest, domain } = parts, files = filesOf(source);
  const start = isTallyFile(source.files[0].name) ? `d <- weeg_read_tally(${files})` : `d <- weeg_design(${[...files, ...design].join(", ")})`;
  return ["library(weeg)", start, ...(domain === null ? [] : [`d <- subset(d, ${domain})`]),
    `weeg_${analysis}(${["d", asked, ...rest].join(", ")})`].join("\n");
}
