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
  foundMany: ["{count} of {all} variables; the first {most} are listed", "{count} van {all} variabelen; de eerste {most} staan in de lijst"],
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
  percentages: ["Percentages within each row, with 95% confidence intervals. n: respondents; N: weighted.",
    "Percentages per rij, met 95%-betrouwbaarheidsintervallen. n: respondenten; N: gewogen."],
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
  review: ["† To be reviewed by a statistician first (NCHS).", "† Eerst laten nakijken door een statisticus (NCHS)."],
  suppress: ["‡ Too uncertain to rely on alone (NCHS).", "‡ Te onzeker om alleen op te vertrouwen (NCHS)."],
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

  // what is asked
  result: ["Result", "Resultaat"],
  hint: ["Choose an outcome, and a group to compare by.", "Kies een uitkomst, en een groep om naar te vergelijken."],
  measure: ["Figure", "Cijfer"],
  share: ["Percentages of answers", "Percentages van antwoorden"],
  mean: ["Mean", "Gemiddelde"],
  median: ["Median", "Mediaan"],
  meanOf: ["Mean of {outcome}", "Gemiddelde van {outcome}"],
  medianOf: ["Median of {outcome}", "Mediaan van {outcome}"],
  meansWhat: ["Means with 95% confidence intervals. n: respondents; N: weighted.",
    "Gemiddelden met 95%-betrouwbaarheidsintervallen. n: respondenten; N: gewogen."],
  mediansWhat: ["Medians with 95% confidence intervals. n: respondents; N: weighted.",
    "Medianen met 95%-betrouwbaarheidsintervallen. n: respondenten; N: gewogen."],
  moreGroups: ["Another group", "Nog een groep"],
  together: ["Groups", "Groepen"],
  crossed: ["Crossed", "Gekruist"],
  apart: ["A table each", "Elk een tabel"],
  remove: ["Remove {what}", "Verwijder {what}"],
  domain: ["Only some respondents", "Alleen sommige respondenten"],
  domainVariable: ["Those with a certain", "Die met een bepaalde"],
  domainWhat: ["Click the answers that count.", "Klik de antwoorden aan die meetellen."],
  nets: ["Take answers together", "Antwoorden samennemen"],
  netsWhat: ["Click answers to take them together as one.", "Klik antwoorden aan om ze als één te nemen."],
  netName: ["Its name", "De naam ervan"],
  netMake: ["Take together", "Neem samen"],
  items: ["A question with several answers", "Een vraag met meer antwoorden"],
  itemsWhat: ["Click the yes/no variables that are its answers.", "Klik de ja/nee-variabelen aan die de antwoorden zijn."],
  itemsTogether: ["{count} answers, several possible", "{count} antwoorden, meer mogelijk"],
  item: ["Answer", "Antwoord"],
  percentagesItems: ["Percentages of respondents who gave the answer, with 95% confidence intervals. n: respondents.",
    "Percentages van respondenten die het antwoord gaven, met 95%-betrouwbaarheidsintervallen. n: respondenten."],

  // charts
  view: ["Shown as", "Getoond als"],
  viewTable: ["Table", "Tabel"],
  viewBars: ["Bars", "Staven"],
  viewPoints: ["Points", "Punten"],
  chartSays: ["The same figures are in the table below the chart.", "Dezelfde cijfers staan in de tabel onder de grafiek."],
  figures: ["The figures as a table", "De cijfers als tabel"],

  // comparisons
  compare: ["Compare the groups", "Vergelijk de groepen"],
  compareAnswer: ["Answer", "Antwoord"],
  compareWith: ["Each group with", "Elke groep met"],
  allAnswers: ["All answers", "Alle antwoorden"],
  againstPairs: ["each other group", "elke andere groep"],
  againstTotal: ["the total", "het totaal"],
  againstRest: ["all others together", "alle andere samen"],
  againstPrevious: ["the one before it (rounds)", "de vorige (rondes)"],
  againstFirst: ["the first one (rounds)", "de eerste (rondes)"],
  againstTotalName: ["total", "totaal"],
  againstRestName: ["the others", "de andere"],
  comparisonOf: ["{title}: {answer}", "{title}: {answer}"],
  groups: ["Groups", "Groepen"],
  pair: ["{first} – {second}", "{first} – {second}"],
  first: ["1st %", "1e %"],
  second: ["2nd %", "2e %"],
  difference: ["Difference", "Verschil"],
  p: ["p", "p"],
  pAdjusted: ["adjusted p", "aangepaste p"],
  inWords: ["In words", "In woorden"],
  more: ["more often in the first", "vaker in de eerste"],
  less: ["less often in the first", "minder vaak in de eerste"],
  notTold: ["no difference shown", "geen verschil aangetoond"],
  comparisonWhat: ["Differences in percentage points, with 95% confidence intervals. Adjusted p: for all comparisons together (Holm); below 0.05 a difference is shown.",
    "Verschillen in procentpunten, met 95%-betrouwbaarheidsintervallen. Aangepaste p: voor alle vergelijkingen samen (Holm); onder 0,05 is een verschil aangetoond."],
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
