// The worker: it has the compiled program and the user's file, and answers one request after the other.
//
//     {id, start: bytes of the program, or compiled} -> {id, answer: true}
//     {id, file: File}                               -> {id, answer: path}: how the program calls it
//     {id, args: [word, ...]}                        -> {id, answer: {status, output, errors, files}}
//                                                       before, {id, share}: of the file that was read, as it is read
//
// Files that the program makes under /kept are columns that it has read (src/web/kept.h): it finds them there the next time, as
// long as the same file is open.
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
    this.tell = () => {};
  }

  // Of the first piece, which every request looks at, there is a copy.
  fetch(place) {
    if (place < AHEAD && this.first !== undefined) {
      [this.piece, this.from] = [this.first, 0];
      return;
    }
    const from = place < AHEAD ? 0 : place;
    this.piece = new Uint8Array(this.reader.readAsArrayBuffer(this.file.slice(from, from + AHEAD)));
    this.from = from;
    if (from === 0) this.first = this.piece;
    this.tell(from / this.size);
  }

  read(at, bytes) {
    const count = Math.max(0, Math.min(bytes.length, this.size - at));
    for (let done = 0; done < count;) {
      const place = at + done;
      if (place < this.from || place >= this.from + this.piece.length) this.fetch(place);
      if (place >= this.from + this.piece.length) return done;
      const some = this.piece.subarray(place - this.from, place - this.from + count - done);
      bytes.set(some, done);
      done += some.length;
    }
    return count;
  }
}

let module = null, file = null, path = null, kept = [];

// The name as the program sees it: without folders, and with what it knows kinds of files by.
const pathOf = (name) => `/${name.replace(/[/\\]/g, "_")}`;

function answer({ id, start, file: given, args }) {
  if (start !== undefined) {
    module = start instanceof WebAssembly.Module ? start : new WebAssembly.Module(start);
    return true;
  }
  if (given !== undefined) {
    file = new Sliced(given);
    path = pathOf(given.name);
    kept = [];
    return path;
  }
  const files = new Map(file === null ? [] : [[path, file], ...kept]);
  if (file !== null) file.tell = (share) => self.postMessage({ id, share });
  const { status, output, errors } = run(module, args, files);
  kept = [...files].filter(([name]) => name.startsWith("/kept/"));
  const made = [...files].filter(([name]) => name !== path && !name.startsWith("/kept/")).map(([name, memory]) => ({ name, bytes: memory.all() }));
  return { status, output: new TextDecoder().decode(output), errors, files: made };
}

self.onmessage = ({ data }) => {
  try {
    self.postMessage({ id: data.id, answer: answer(data) });
  } catch (error) {
    self.postMessage({ id: data.id, trap: String(error) });
  }
};
