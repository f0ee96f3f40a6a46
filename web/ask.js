// Requests: what was clicked, as arguments of the program. The same words are the shell's line, which gives the same numbers.

// A name as formulas have it.
export const named = (name) => (/^[A-Za-z][A-Za-z0-9_.]*$/.test(name) ? name : `\`${name}\``);

// {weights, strata, cluster}: names, or null; weighted: the file itself says so.
function designWords({ weights, strata, cluster, weighted }) {
  return [
    ...(weights !== null ? ["--weights", weights] : weighted ? ["--weights", "1"] : []),
    ...(strata !== null ? ["--strata", strata] : []),
    ...(cluster !== null ? ["--cluster", cluster] : []),
  ];
}

export const askVariables = () => ["variables", "FILE"];

export const askTable = ({ outcome, group, design }) => [
  ...(group === null ? ["proportion", "FILE", `~ ${named(outcome)}`] : ["crosstab", "FILE", `${named(outcome)} ~ ${named(group)}`]),
  ...designWords(design), "--format", "json",
];

// The tally from which these figures come; its name is the last word.
export const askTally = ({ outcome, group, design }) => ["tally", "FILE", `~ ${[outcome, group].filter((name) => name !== null)
  .map(named).join(" + ")}`, ...designWords(design), "--output", "table.weeg"];

const quoted = (word) => (/^[\w./~=:,+-]+$/.test(word) && !word.startsWith("~") ? word : `'${word.replace(/'/g, "'\\''")}'`);

// Without the format, as somebody at a terminal reads it.
export function shellLine(words, file) {
  const format = words.indexOf("--format");
  const plain = format < 0 ? words : words.slice(0, format);
  return ["weeg", ...plain.map((word) => quoted(word === "FILE" ? file : word))].join(" ");
}
