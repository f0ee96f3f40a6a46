// What the page says, in Dutch and English. A text may have places: {name}.
const words = {
  title: ["weeg: surveys with weights", "weeg: enquêtes met gewichten"],
  promise: ["Your file stays on this computer: this page sends nothing anywhere.",
    "Uw bestand blijft op deze computer: deze pagina verstuurt niets."],
  drop: ["Drop an SPSS or CSV file here, or choose one", "Sleep een SPSS- of CSV-bestand hierheen, of kies er een"],
  choose: ["Choose a file", "Kies een bestand"],
  language: ["Language", "Taal"],
  reading: ["Reading {file} …", "{file} wordt gelezen …"],
  working: ["Calculating …", "Bezig met rekenen …"],
  cancel: ["Stop", "Stop"],
  cancelled: ["Stopped.", "Gestopt."],
  opened: ["{file}: {rows} rows, {variables} variables", "{file}: {rows} rijen, {variables} variabelen"],
  trap: ["The file could not be read: it is damaged, or too large for the memory of the browser. ({message})",
    "Het bestand kon niet worden gelezen: het is beschadigd, of te groot voor het geheugen van de browser. ({message})"],
  variables: ["Variables", "Variabelen"],
  search: ["Search variables", "Zoek variabelen"],
  variable: ["Variable", "Variabele"],
  answers: ["Answers", "Antwoorden"],
  rows: ["Rows", "Rijen"],
  missing: ["Missing", "Ontbreekt"],
  found: ["{count} of {all} variables", "{count} van {all} variabelen"],
  different: ["{count} different values", "{count} verschillende waarden"],
  table: ["Table", "Tabel"],
  outcome: ["Outcome", "Uitkomst"],
  group: ["Group", "Groep"],
  none: ["(none)", "(geen)"],
  pick: ["(choose)", "(kies)"],
  design: ["Sample design", "Steekproefopzet"],
  weights: ["Weight", "Gewicht"],
  strata: ["Strata", "Strata"],
  cluster: ["Clusters", "Clusters"],
  guessedFile: ["The SPSS file is weighted by {name}.", "Het SPSS-bestand is gewogen met {name}."],
  guessedName: ["{name} was taken as {role}, by its name: check it.", "{name} is aan de naam herkend als {role}: controleer dat."],
  showIntervals: ["95% confidence intervals", "95%-betrouwbaarheidsintervallen"],
  tableOf: ["{outcome} by {group}", "{outcome} naar {group}"],
  percentages: ["Percentages within each row with 95% confidence intervals; n: rows; N: weighted",
    "Percentages per rij met 95%-betrouwbaarheidsintervallen; n: rijen; N: gewogen"],
  all: ["All", "Allen"],
  nRows: ["n", "n"],
  nWeighted: ["N", "N"],
  interval: ["{low} to {high}", "{low} tot {high}"],
  differ: ["The answers differ between the groups: a difference as large as this would seldom be found by chance ({test}).",
    "De antwoorden verschillen tussen de groepen: een verschil als dit komt zelden door toeval tot stand ({test})."],
  differNot: ["A difference between the groups is not shown: differences like these can well be due to chance ({test}).",
    "Een verschil tussen de groepen is niet aangetoond: zulke verschillen kunnen goed door toeval ontstaan ({test})."],
  noTest: ["There is no test: {reason}", "Er is geen toets: {reason}"],
  testF: ["Rao–Scott F({df1}, {df2}) = {statistic}, {p}", "Rao–Scott F({df1}; {df2}) = {statistic}, {p}"],
  pSmall: ["p < {p}", "p < {p}"],
  pIs: ["p = {p}", "p = {p}"],
  unreliable: ["* not reliable enough to be published ({what})", "* niet betrouwbaar genoeg om te publiceren ({what})"],
  sameByShell: ["The same numbers in the shell", "Dezelfde cijfers in de shell"],
  sameByR: ["The same numbers in R", "Dezelfde cijfers in R"],
  sameNumbers: ["The same numbers in R and in the shell", "Dezelfde cijfers in R en in de shell"],
  take: ["Take it away", "Meenemen"],
  copyTable: ["Copy the table", "Kopieer de tabel"],
  copyR: ["Copy the lines of R", "Kopieer de regels van R"],
  copyShell: ["Copy the line of the shell", "Kopieer de regel van de shell"],
  copied: ["Copied: paste it into Word, Excel or a message.", "Gekopieerd: plak het in Word, Excel of een bericht."],
  saveCsv: ["Save as CSV", "Bewaar als CSV"],
  saveHtml: ["Save as HTML", "Bewaar als HTML"],
  saveSvg: ["Save the chart as SVG", "Bewaar de grafiek als SVG"],
  savePng: ["Save the chart as PNG", "Bewaar de grafiek als PNG"],
  saveTally: ["Save the tally (.weeg)", "Bewaar de telling (.weeg)"],
  saved: ["Saved on this computer: {file}", "Bewaard op deze computer: {file}"],
  savedTally: ["Saved on this computer: {file}. It has counts by cluster and answer: as confidential as the file. Before it is sent, "
    + "protect it in R: weeg_protect_tally().",
  "Bewaard op deze computer: {file}. Er staan aantallen per cluster en antwoord in: even vertrouwelijk als het bestand. Beveilig de "
    + "telling in R voordat u haar verstuurt: weeg_protect_tally()."],
  notTaken: ["This did not work: {reason}", "Dit is niet gelukt: {reason}"],
  keep: ["Keep for the report", "Bewaar voor het rapport"],
  keptOne: ["The table is in the report below.", "De tabel staat in het rapport hieronder."],
  report: ["Report", "Rapport"],
  reportTitle: ["Report", "Rapport"],
  reportTitleLabel: ["Title of the report", "Titel van het rapport"],
  keptTitle: ["Title", "Titel"],
  keptNote: ["Note", "Toelichting"],
  up: ["Up", "Omhoog"],
  down: ["Down", "Omlaag"],
  remove: ["Remove", "Verwijder"],
  printReport: ["Print the report", "Druk het rapport af"],
  saveReport: ["Save the report as HTML", "Bewaar het rapport als HTML"],
  chartOf: ["Chart: {title}", "Grafiek: {title}"],
  conventions: ["Conventions", "Afspraken"],
};

const languages = ["en", "nl"];
let language = languages.includes(navigator.language.slice(0, 2)) ? navigator.language.slice(0, 2) : "en";

export const currentLanguage = () => language;

export function useLanguage(wanted) {
  language = languages.includes(wanted) ? wanted : "en";
}

export function say(key, places = {}) {
  const text = words[key][languages.indexOf(language)];
  return text.replace(/\{(\w+)\}/g, (all, name) => places[name] ?? all);
}

// A number as the language writes it.
export function number(x, digits = 0) {
  if (typeof x !== "number" || !Number.isFinite(x)) return "–";
  return x.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export const percent = (share) => number(typeof share === "number" ? 100 * share : null, 1);

export const pValue = (p) => (p < 0.001 ? say("pSmall", { p: number(0.001, 3) }) : say("pIs", { p: number(p, 3) }));
