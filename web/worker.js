// The worker: it has the compiled program and the user's file, and answers one request after the other.
//
//     {id, start: bytes of the program}              -> {id, answer: true}
//     {id, file: File}                               -> {id, answer: path}: how the program calls it
//     {id, args: [word, ...]}                        -> {id, answer: {status, output, errors, files}}
//
// What goes wrong besides is {id, trap: message}: the program runs in memory of its own each time, so the next request is sound.
import { run } from "./wasi.js";

// Bytes read at once: the browser hands a piece of a file over in about a millisecond, whatever its size.
const AHEAD = 4 << 20;

// A file of the user's, read as far as it is asked for and never whole.
class Sliced {
  constructor(file) {
    this.file = file;
    this.size = file.size;
    this.reader = new FileReaderSync();
    this.from = 0;
    this.piece = new Uint8Array(0);
  }

  read(at, bytes) {
    const count = Math.max(0, Math.min(bytes.length, this.size - at));
    for (let done = 0; done < count;) {
      const place = at + done;
      if (place < this.from || place >= this.from + this.piece.length) {
        this.piece = new Uint8Array(this.reader.readAsArrayBuffer(this.file.slice(place, place + AHEAD)));
        this.from = place;
        if (this.piece.length === 0) return done;
      }
      const some = this.piece.subarray(place - this.from, place - this.from + count - done);
      bytes.set(some, done);
      done += some.length;
    }
    return count;
  }
}

let module = null, file = null, path = null;

// The name as the program sees it: without folders, and with what it knows kinds of files by.
const pathOf = (name) => `/${name.replace(/[/\\]/g, "_")}`;

function answer({ start, file: given, args }) {
  if (start !== undefined) {
    module = new WebAssembly.Module(start);
    return true;
  }
  if (given !== undefined) {
    file = new Sliced(given);
    path = pathOf(given.name);
    return path;
  }
  const files = new Map(file === null ? [] : [[path, file]]);
  const { status, output, errors } = run(module, args, files);
  const made = [...files].filter(([name]) => name !== path).map(([name, memory]) => ({ name, bytes: memory.all() }));
  return { status, output: new TextDecoder().decode(output), errors, files: made };
}

self.onmessage = ({ data }) => {
  try {
    self.postMessage({ id: data.id, answer: answer(data) });
  } catch (error) {
    self.postMessage({ id: data.id, trap: String(error) });
  }
};
