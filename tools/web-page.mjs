// Makes the page: node tools/web-page.mjs PROGRAM.wasm EXAMPLE PAGE.html SITE
// EXAMPLE is a file of data that the page has within it.
// SITE is a folder for a server: the page as index.html, and the program beside it, by whose name browsers keep it.
//
// Modules of web/ become one script each for the page and its worker: their texts one after the other, those that are imported
// first, without the words import and export. So a name means one thing in all of them, which Node checks; imports are of the form
// import { a, b } from "./module.js", and nothing is renamed.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const web = fileURLToPath(new URL("../web/", import.meta.url));
const [program, example, page, site] = process.argv.slice(2);

function bundle(entry) {
  const seen = new Set(), texts = [];
  const add = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    const text = readFileSync(join(web, name), "utf8").replace(/^import \{[^}]*\} from "\.\/([\w-]+\.js)";\n/gm, (all, from) => {
      add(from);
      return "";
    });
    if (/^import\b/m.test(text)) throw new Error(`${name}: an import is not of the form import { a } from "./module.js";`);
    texts.push(text.replace(/^export (?=(async |function|class|const|let))/gm, ""));
  };
  add(entry);
  const script = `"use strict";\n${texts.join("\n")}`;
  if (/<\/script|<!--/i.test(script)) throw new Error(`${entry}: a script in a page cannot have these characters`);
  const folder = mkdtempSync(join(tmpdir(), "weeg-page-"));
  try {
    writeFileSync(join(folder, "script.mjs"), script);
    execFileSync(process.execPath, ["--check", join(folder, "script.mjs")], { stdio: "inherit" });
  } finally {
    rmSync(folder, { recursive: true });
  }
  return script;
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const packed = (bytes) => gzipSync(bytes, { level: 9 }).toString("base64");

const parts = {
  example: packed(readFileSync(example)),
  style: `\n${readFileSync(join(web, "style.css"), "utf8")}`,
  worker: bundle("worker.js"),
  page: bundle("page.js"),
};

// Nothing comes from elsewhere and nothing goes anywhere; of scripts and styles only these, and the program. From a server comes the
// program, before the page itself forbids the rest (engine.js).
function pageText(connect, program, url) {
  const policy = ["default-src 'none'", `connect-src ${connect}`, `script-src ${hash(parts.page)} 'wasm-unsafe-eval'`, "worker-src blob:",
    `style-src ${hash(parts.style)}`, "img-src data: blob:", "base-uri 'none'", "form-action 'none'"].join("; ");
  const all = { ...parts, policy, program, url };
  return readFileSync(join(web, "page.html"), "utf8").replace(/\{(\w+)\}/g, (whole, name) => all[name] ?? whole);
}

const bytes = readFileSync(program), text = pageText("'none'", packed(bytes), "");
writeFileSync(page, text);
console.log(`${page}: ${text.length} bytes`);

const name = `weeg-${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}.wasm`;
rmSync(site, { recursive: true, force: true });
mkdirSync(site, { recursive: true });
copyFileSync(program, join(site, name));
writeFileSync(join(site, "index.html"), pageText("'self'", "", ` data-url="${name}"`));
