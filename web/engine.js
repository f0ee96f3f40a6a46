// The page's side of the worker: requests as promises, of which the last one of its kind counts. Answers are in the page's language.
import { wordOf } from "./waves.js";
import { currentLanguage } from "./words.js";

const part = (id) => document.getElementById(id).textContent;

// What the page has within it, packed.
export async function unpacked(id) {
  const packed = Uint8Array.from(atob(part(id).trim()), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// SPSS files in gzip as the files that they hold, as the program reads those at any place. CSV files it unpacks itself.
export async function withoutGzip(file) {
  if (!/\.(sav|zsav|por)\.gz$/i.test(file.name)) return file;
  const stream = file.stream().pipeThrough(new DecompressionStream("gzip"));
  return new File([await new Response(stream).blob()], file.name.replace(/\.gz$/i, ""));
}

// On a server the program is a file of its own, compiled while it comes. After it nothing is fetched: a second policy says so to the
// browser, before a file is opened, and the worker inherits it.
async function fetched(url) {
  let module;
  try {
    module = await WebAssembly.compileStreaming(fetch(url));
  } catch {
    // the server does not say that it is WebAssembly
    module = await WebAssembly.compile(await (await fetch(url)).arrayBuffer());
  }
  const policy = document.createElement("meta");
  policy.httpEquiv = "Content-Security-Policy";
  policy.content = "connect-src 'none'";
  document.head.append(policy);
  return module;
}

// A function of which the result is a vector of 128 bits, as the program has them.
const VECTOR = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

// Whether the browser can run the program: Chrome and Edge since 2021, Firefox and Safari since 2023; not where WebAssembly is forbidden.
const able = () => globalThis.WebAssembly?.validate(new Uint8Array(VECTOR)) === true && globalThis.DecompressionStream !== undefined;

// onshare: called with the share of the files that was read, as long as they are; source: what requests are of (waves.js); able: else
// nothing must be asked.
export class Engine {
  constructor() {
    this.waiting = new Map();
    this.last = 0;
    this.files = [];
    this.paths = [];
    this.source = null;
    this.able = able();
    this.ready = this.able ? this.start() : Promise.resolve();
  }

  async start() {
    const { url } = document.getElementById("weeg-program").dataset;
    this.program ??= await (url === undefined ? unpacked("weeg-program") : fetched(url));
    this.worker = new Worker(URL.createObjectURL(new Blob([part("weeg-worker")], { type: "text/javascript" })));
    this.worker.onmessage = ({ data }) => {
      if (data.share !== undefined) {
        this.onshare?.(data.share);
        return;
      }
      const { resolve, reject } = this.waiting.get(data.id) ?? {};
      this.waiting.delete(data.id);
      if (data.trap !== undefined) reject?.(new Error(data.trap));
      else resolve?.(data.answer);
    };
    await this.send({ start: this.program });
    this.paths = await this.send({ files: this.files });
  }

  send(message) {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, ...message });
    });
  }

  async open(files) {
    this.files = files;
    await this.ready;
    this.paths = await this.send({ files });
  }

  // FILE as the second word stands for what is open, as one; FILES for each file. The answer has `result`, the JSON, where there is one.
  async ask([command, what, ...rest]) {
    await this.ready;
    const pathOf = (file) => this.paths[this.files.indexOf(file)];
    const data = what === "FILES" ? this.source.files.map(pathOf) : [what === "FILE" ? wordOf(this.source, pathOf) : what];
    const speaks = currentLanguage() === "en" ? [] : ["--language", currentLanguage()];
    const answer = await this.send({ args: [command, ...data, ...rest, ...speaks] });
    this.paths.forEach((path, k) => { answer.errors = answer.errors.replaceAll(path, () => this.files[k].name); });
    if (answer.status === 0 && answer.output.startsWith("{")) answer.result = JSON.parse(answer.output);
    return answer;
  }

  // Ends what runs, whatever it does.
  cancel() {
    this.worker.terminate();
    for (const { reject } of this.waiting.values()) reject(new Error("cancelled"));
    this.waiting.clear();
    this.ready = this.start();
  }
}
