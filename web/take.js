// What is taken away: tables to paste, files to save. Nothing is sent: files are made here and saved by the browser.
import { standing } from "./chart.js";
import { element } from "./dom.js";

export function save(name, type, ...parts) {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = element("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  // the browser reads it after the click
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

// A name for files: that of the data, and what is in them.
export const fileName = (data, what) => `${data.slice(0, 50)}-${what}`.replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80);

// ---- tables ----

const plainWords = (node) => node.textContent.replace(/\s+/g, " ").trim();

// Rows of {text, head, number, span}. Intervals are a row of their own, so that a percentage is a number for a spreadsheet.
export function plainRows(table) {
  return [...table.rows].flatMap((row) => {
    const cells = [...row.cells].map((cell) => ({ text: plainWords(cell.querySelector(".share") ?? cell), span: cell.colSpan,
      head: cell.tagName === "TH", number: cell.classList.contains("number") }));
    if (row.querySelector(".interval") === null) return [cells];
    const below = [...row.cells].map((cell) => ({ text: plainWords(cell.querySelector(".interval") ?? document.createTextNode("")),
      span: cell.colSpan, head: false, number: cell.classList.contains("number") }));
    return [cells, below];
  });
}

// A table without classes and scripts, of texts alone, for other programs.
export function plainTable(table, page = document) {
  const made = page.createElement("table");
  made.setAttribute("border", "1");
  const body = made.appendChild(page.createElement("tbody"));
  for (const cells of plainRows(table)) {
    const row = body.appendChild(page.createElement("tr"));
    for (const { text, head, number, span } of cells) {
      const cell = row.appendChild(page.createElement(head ? "th" : "td"));
      if (number) cell.setAttribute("align", "right");
      if (span > 1) cell.setAttribute("colspan", span);
      cell.textContent = text;
    }
  }
  return made;
}

// The same for paper and for a page of its own: an interval stands in the cell of its figure, and headers say what they are of.
export function printedTable(table) {
  const made = element("table", { border: "1" });
  for (const part of table.children) {
    if (part.rows === undefined) continue;
    made.append(element(part.localName, {}, ...[...part.rows].map((row) => element("tr", {}, ...[...row.cells].map((cell) => {
      const interval = cell.querySelector(".interval");
      return element(cell.localName, { scope: cell.getAttribute("scope"), colspan: cell.getAttribute("colspan"),
        align: cell.classList.contains("number") ? "right" : null }, plainWords(cell.querySelector(".share") ?? cell),
      ...(interval === null ? [] : [element("br"), element("small", {}, plainWords(interval))]));
    })))));
  }
  return made;
}

const tabbed = (table) => plainRows(table).map((cells) => cells.flatMap(({ text, span }) => [text, ...Array(span - 1).fill("")]).join("\t"))
  .join("\r\n");

// A copy event has no need of the permission that navigator.clipboard asks for, which a page from disk may not get.
export async function copy(plain, html = null) {
  let copied = false;
  const give = (event) => {
    event.preventDefault();
    event.stopPropagation();
    event.clipboardData.setData("text/plain", plain);
    if (html !== null) event.clipboardData.setData("text/html", html);
    copied = true;
  };
  document.addEventListener("copy", give, { capture: true, once: true });
  document.execCommand("copy");
  document.removeEventListener("copy", give, { capture: true });
  if (copied) return;
  const kinds = { "text/plain": new Blob([plain], { type: "text/plain" }) };
  if (html !== null) kinds["text/html"] = new Blob([html], { type: "text/html" });
  await navigator.clipboard.write([new ClipboardItem(kinds)]);
}

// Each under its title, and above its notes, which say what its figures and signs are.
export function copyTables(tables) {
  const parts = tables.map((table) => {
    const notes = [...(table.closest(".one, #comparison")?.querySelectorAll("p.what, p.note:not([lang]), p.test") ?? [])].map(plainWords)
      .filter((text) => text !== "");
    const title = table.caption === null ? "" : plainWords(table.caption);
    const heading = element("p", {}, element("b", {}, title));
    return { plain: `${[title, tabbed(table), ...notes].join("\r\n")}\r\n`,
      html: `${heading.outerHTML}${plainTable(table).outerHTML}${notes.map((text) => element("p", {}, text).outerHTML).join("")}` };
  });
  return copy(parts.map(({ plain }) => plain).join("\r\n"), `<meta charset="utf-8">${parts.map(({ html }) => html).join("")}`);
}

// ---- charts ----

// The chart as a file of its own. All that it looks like is in its attributes.
export const chartText = (chart, title = "", notes = []) => new XMLSerializer().serializeToString(standing(chart, title, notes));

// A picture of three dots per point, for print.
export async function chartPicture(text) {
  const url = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" })), image = new Image(), scale = 3;
  try {
    await new Promise((resolve, reject) => {
      image.onload = resolve;
      image.onerror = () => reject(new Error("SVG"));
      image.src = url;
    });
  } finally {
    URL.revokeObjectURL(url);
  }
  const canvas = element("canvas", { width: Math.ceil(image.width * scale), height: Math.ceil(image.height * scale) });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error("PNG")) : resolve(blob)), "image/png");
  });
}
