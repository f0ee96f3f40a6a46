// The page's side of the worker: requests as promises, of which the last one of its kind counts.
const part = (id) => document.getElementById(id).textContent;

async function unpacked(id) {
  const packed = Uint8Array.from(atob(part(id).trim()), (character) => character.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// onshare: called with the share of the file that was read, as long as one is.
export class Engine {
  constructor() {
    this.waiting = new Map();
    this.last = 0;
    this.file = null;
    this.ready = this.start();
  }

  async start() {
    this.program ??= await unpacked("weeg-program");
    const url = URL.createObjectURL(new Blob([part("weeg-worker")], { type: "text/javascript" }));
    this.worker = new Worker(url);
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
    if (this.file !== null) this.path = await this.send({ file: this.file });
  }

  send(message) {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, ...message });
    });
  }

  async open(file) {
    this.file = file;
    await this.ready;
    this.path = await this.send({ file });
  }

  // FILE among the words stands for the file that is open. The answer has `result`, the JSON, where there is one.
  async ask(words) {
    await this.ready;
    const answer = await this.send({ args: words.map((word) => (word === "FILE" ? this.path : word)) });
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
