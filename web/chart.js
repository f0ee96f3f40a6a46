// Charts of the program's figures, as SVG: bars of 100 % and points with intervals. Colours, shapes and signs are those of reports.
import { isProtected, isShown, signOf, withTotal } from "./table.js";
import { number, percent, say } from "./words.js";

const INK = "#1f2933", SOFT = "#52606d", GRID = "#dde3e8", HIGH = 13;
const shades = { 1: ["#1d5c96"], 2: ["#cfe6f2", "#0b2f5c"], 3: ["#cfe6f2", "#3f8fbf", "#0b2f5c"],
  4: ["#cfe6f2", "#78b2d3", "#296da3", "#0b2f5c"], 5: ["#cfe6f2", "#8cc3dd", "#3f8fbf", "#1d5c96", "#0b2f5c"],
  6: ["#cfe6f2", "#99cae1", "#5ea4cb", "#3884b6", "#1a5284", "#0b2f5c"] };
const hues = ["#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#0072B2", "#D55E00", "#F0E442", "#999999"];
const strokes = ["#0b5a8a", "#b34700", "#2f6b3a", "#7a3e8e"];

export const mostColours = hues.length;

const colours = (count) => shades[count] ?? hues;

function svg(name, given = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(given)) made.setAttribute(key, typeof value === "number" ? value.toFixed(1) : value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

// The widths of letters are those that the browser will draw.
const measuring = document.createElement("canvas").getContext("2d");

function wide(text, size = HIGH) {
  measuring.font = `${size}px system-ui, sans-serif`;
  return measuring.measureText(text).width;
}

// A text in lines of a width; a word that is wider itself is cut.
function wrapped(text, width) {
  const made = [];
  for (let word of text.split(/\s+/)) {
    while (word.length > 8 && wide(word) > width) {
      const fits = Math.max(8, Math.floor(word.length * width / wide(word)) - 1);
      made.push(word.slice(0, fits));
      word = word.slice(fits);
    }
    const joined = made.length === 0 ? word : `${made.at(-1)} ${word}`;
    if (made.length > 0 && wide(joined) <= width) made[made.length - 1] = joined;
    else made.push(word);
  }
  return made;
}

const written = (x, y, all, given = {}) => all.map((text, k) => svg("text", { x, y: y + 16 * k, "font-size": "13", fill: INK, ...given }, text));

// WCAG's luminance: of black and white, the one that is easier to read on a colour.
function inkOn(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  const light = r * 0.2126 + g * 0.7152 + b * 0.0722;
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

const square = (x, y, colour) => svg("rect", { x, y: y - 11, width: 14, height: 14, fill: colour, stroke: SOFT, "stroke-width": "0.7" });

// Series differ in colour and in shape.
function mark(x, y, level, colour) {
  const at = (path) => svg("path", { d: `M${x.toFixed(1)} ${(y - 6).toFixed(1)}${path}`, fill: colour });
  return [() => svg("circle", { cx: x, cy: y, r: 5, fill: colour }),
    () => svg("rect", { x: x - 4.5, y: y - 4.5, width: 9, height: 9, fill: colour }),
    () => at("l6 10h-12z"), () => at("l6 6l-6 6l-6 -6z")][level % 4]();
}

function legend(names, width, drawn) {
  const parts = [];
  let x = 8, y = 20;
  names.forEach((name, k) => {
    const text = wrapped(name, width - 60), needs = 24 + Math.max(...text.map((line) => wide(line)));
    if (x > 8 && x + needs > width - 10) {
      x = 8;
      y += 22;
    }
    parts.push(drawn(x, y, k), ...written(x + 20, y, text));
    y += 16 * (text.length - 1);
    x += needs + 16;
  });
  return { parts, height: names.length === 0 ? 0 : y + 16 };
}

// Where the name of a group stands: beside what is drawn, or above it where that would leave too little.
const NARROW = 480;

// {left: where the drawing starts, lines: of text, draw(y, high): the texts, least: how high the row is, given the drawing's height}
function placed(names, base, width, share) {
  const text = names.join(", "), n = base === null ? null : `n\u00a0=\u00a0${base}`;
  if (width < NARROW) {
    const lines = wrapped(n === null ? text : `${text} (${n})`, width - 16);
    return { left: 8, above: 16 * lines.length + 4, draw: (y) => written(8, y + 14, lines), rowOf: (high) => 16 * lines.length + 4 + high + 8 };
  }
  const left = Math.min(share[0], Math.round(share[1] * width)), lines = wrapped(text, left - 20), all = lines.length + (n === null ? 0 : 1);
  return { left, above: 0, rowOf: (high) => Math.max(high + 14, 16 * all + 10),
    draw(y, row) {
      const top = y + row / 2 + 4.5 - 8 * (all - 1);
      return [...written(left - 12, top, lines, { "text-anchor": "end" }),
        ...(n === null ? [] : written(left - 12, top + 16 * lines.length, [n], { "text-anchor": "end", fill: SOFT }))];
    } };
}

const baseOf = (rows, name = "n.base") => (typeof rows[0]?.[name] === "number" ? number(rows[0][name]) : isProtected(rows[0]) ? say("hiddenSign") : null);

function drawing(laid, note, width, height, parts) {
  return svg("svg", { viewBox: `0 0 ${width} ${Math.ceil(height)}`, width: "100%", role: "img", class: "chart",
    "font-family": "system-ui, sans-serif", "aria-label": laid.title },
  svg("title", {}, laid.title), svg("desc", {}, [say(note), ...(laid.total === null ? [] : [say("totalWhat")])].join(" ")),
  svg("rect", { x: 0, y: 0, width, height: Math.ceil(height), fill: "#ffffff" }), ...parts);
}

// The chart as a file of its own, with its title (in letters that are larger and bold) above it and notes below.
export function standing(chart, title, notes) {
  const made = chart.cloneNode(true), { width, height } = chart.viewBox.baseVal;
  const heading = title === "" ? [] : wrapped(title, 0.74 * (width - 16)), below = notes.flatMap((note) => wrapped(note, width - 16));
  const top = heading.length === 0 ? 0 : 20 * heading.length + 12, bottom = below.length === 0 ? 0 : 16 * below.length + 12;
  const put = heading.map((text, k) => svg("text", { x: 8, y: 20 * (k + 1) - top, "font-size": "15", "font-weight": "600", fill: INK }, text));
  made.setAttribute("viewBox", `0 ${-top} ${width} ${top + height + bottom}`);
  made.setAttribute("width", width);
  made.setAttribute("height", top + height + bottom);
  made.removeAttribute("class");
  made.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  made.prepend(svg("rect", { x: 0, y: -top, width, height: top + height + bottom, fill: "#ffffff" }), ...put);
  made.append(...written(8, height + 16, below, { "font-size": "12", fill: SOFT }));
  return made;
}

// From where to where each answer of a group has its bar, as shares of all; hidden ones have what is left, at their place where they
// stand together, else at the end.
function stretches(answers, rows) {
  const all = answers.map((answer, k) => ({ k, row: rows.find((one) => one.level === answer) }));
  const hidden = all.filter(({ row }) => isProtected(row)), shown = all.filter(({ row }) => isShown(row) && row.estimate > 0);
  const left = Math.max(0, 1 - shown.reduce((sum, { row }) => sum + row.estimate, 0));
  const together = hidden.length > 0 && hidden.at(-1).k - hidden[0].k === hidden.length - 1, at = together ? hidden[0].k : answers.length;
  const order = hidden.length === 0 ? shown : [...shown.filter(({ k }) => k < at), { k: null, row: null }, ...shown.filter(({ k }) => k > at)];
  let from = 0;
  return order.map(({ k, row }) => {
    const share = row === null ? left : row.estimate, start = from;
    from += share;
    return { k, row, from: start, share };
  });
}

// A bar of 100 %. Figures that are wider than their part stand below it, as far as they fit there.
function bar(laid, rows, left, full, y, colour) {
  const parts = [];
  let end = 0;
  for (const { k, row, from, share } of stretches(laid.answers, rows)) {
    const x = left + full * from, long = full * share;
    const text = row === null ? say("hiddenSign") : percent(row.estimate) + signOf(row);
    parts.push(svg("rect", { x, y, width: long, height: 26, ...(row === null ? { fill: "none", stroke: SOFT, "stroke-dasharray": "3 2" }
      : { fill: colour[k], stroke: "#ffffff", "stroke-width": "0.7" }) },
    svg("title", {}, row === null ? say("protectedSign") : `${laid.called(laid.answers[k])}: ${percent(row.estimate)}%`)));
    const size = wide(text) + 8 < long ? HIGH : wide(text, 11) + 3 < long ? 11 : 0, ink = row === null ? INK : inkOn(colour[k]);
    const half = wide(text, 11) / 2, middle = Math.min(left + full - half, Math.max(left + half, x + long / 2));
    if (size > 0) parts.push(...written(x + long / 2, y + 17.5, [text], { "text-anchor": "middle", fill: ink, "font-size": String(size) }));
    else if (middle - half >= end) {
      parts.push(...written(middle, y + 38, [text], { "text-anchor": "middle", "font-size": "11" }));
      end = middle + half + 4;
    }
  }
  if (parts.length === 0) parts.push(...written(left + 4, y + 17.5, ["–"]));
  return { parts, height: end > 0 ? 40 : 26 };
}

// width: in which it will be seen, so that texts have their size.
export function barChart(laid, width) {
  const colour = colours(laid.answers.length), parts = [];
  const key = legend(laid.answers.map(laid.called), width, (x, y, k) => square(x, y, colour[k]));
  let y = key.height + 4;
  for (const { names, rows } of withTotal(laid)) {
    const place = placed(names, baseOf(rows), width, [220, 0.34]), full = width - place.left - 12;
    const { height } = bar(laid, rows, place.left, full, 0, colour), row = place.rowOf(height);
    const top = place.above > 0 ? y + place.above : y + (row - height) / 2;
    parts.push(...place.draw(y, row - (height - 26)), ...bar(laid, rows, place.left, full, top, colour).parts);
    y += row;
  }
  return drawing(laid, "barsWhat", width, y + 6, [...key.parts, ...parts]);
}

// Round ticks from `low` to `high`.
function ticksOf(low, high, most) {
  const rough = (high - low || 1) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((by) => by * power).find((by) => by >= rough), ticks = [];
  for (let k = Math.floor(low / step + 1e-9); k * step < high + step * (1 - 1e-9); k++) ticks.push(k * step);
  return ticks;
}

// Of items and means a row each, of answers a row for each group and a mark for each answer; of items, a mark for each group.
export function pointChart(laid, width) {
  const items = laid.kind === "items", single = laid.kind === "mean" || laid.kind === "median", groups = withTotal(laid);
  const base = (rows) => (items || laid.percent !== "row" ? null : baseOf(rows, single ? "n" : "n.base"));
  const rowsOf = items ? laid.answers.map((answer) => ({ names: [laid.called(answer)],
    rows: groups.map(({ rows }) => rows.find((row) => row.level === answer)) }))
    : groups.map(({ names, rows }) => ({ names, rows: single ? rows : laid.answers.map((answer) => rows.find((row) => row.level === answer)) }));
  const series = items ? groups.map(({ names }) => names.join(", ")) : single ? [] : laid.answers.map(laid.called);
  const colour = series.length <= 4 ? strokes : [...strokes, ...hues], known = rowsOf.flatMap(({ rows }) => rows).filter(isShown);
  const values = known.flatMap((row) => [row.estimate, row["conf.low"], row["conf.high"]]).filter((x) => typeof x === "number");
  const places = rowsOf.map(({ names, rows }) => ({ ...placed(names, base(rows), width, [260, 0.4]), rows })), left = places[0].left;
  const ticks = ticksOf(single ? Math.min(...values) : 0, Math.max(...values), Math.max(2, Math.floor((width - left) / 80))).filter((tick) => single || tick <= 1 + 1e-9);
  const from = ticks[0], to = Math.max(ticks.at(-1), ...values), parts = [];
  const place = (x) => left + 6 + (width - left - 46) * (x - from) / (to - from || 1);
  const key = legend(series.length > 1 ? series : [], width, (x, y, k) => mark(x + 7, y - 4.5, k, colour[k % colour.length]));
  const top = key.height + 4, heights = places.map(({ rows, rowOf }) => rowOf(18 * rows.length));
  const end = top + heights.reduce((sum, high) => sum + high, 0);
  for (const tick of ticks) {
    parts.push(svg("line", { x1: place(tick), y1: top, x2: place(tick), y2: end, stroke: GRID }),
      ...written(place(tick), end + 18, [single ? number(tick, Math.abs(ticks[1] - ticks[0]) < 1 ? 1 : 0) : `${number(100 * tick)}%`],
        { "text-anchor": "middle", "font-size": "12", fill: SOFT }));
  }
  let y = top;
  places.forEach(({ rows, above, draw }, at) => {
    parts.push(...draw(y, heights[at]));
    rows.forEach((row, k) => {
      const own = colour[k % colour.length], all = above > 0 ? y + above + 9 : y + heights[at] / 2 - 9 * (rows.length - 1), middle = all + 18 * k;
      if (isProtected(row)) parts.push(...written(left + 6, middle + 4, [say("hiddenSign")], { "font-size": "12" }));
      if (!isShown(row)) return;
      if (typeof row["conf.low"] === "number") parts.push(svg("line", { x1: place(row["conf.low"]), y1: middle, x2: place(row["conf.high"]), y2: middle,
        stroke: own, "stroke-width": "2" }));
      parts.push(mark(place(row.estimate), middle, k, own),
        ...written(place(row["conf.high"] ?? row.estimate) + 5, middle + 4, [signOf(row)], { "font-size": "12" }));
    });
    y += heights[at];
  });
  return drawing(laid, single ? `${laid.kind}Points` : items ? "itemsPoints" : { row: "rowPoints", column: "columnPoints", total: "totalPoints" }[laid.percent],
    width, end + 26, [...key.parts, ...parts]);
}
