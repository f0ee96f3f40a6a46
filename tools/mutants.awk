# Lists the small mutants of a C source, one a line, tab-separated: FILE, LINE, COLUMN, LENGTH, the text that takes the place
# of the LENGTH characters there, and for people: the old and the new line.
# Operators, constants, conditions, swapped arguments, statements left out and statuses dropped. Not: preprocessor lines, texts
# and indices of errors, sizes of arrays (the sanitized tests look at those), and processes (a mutant could end others).

BEGIN {
  FS = "\n"
  pairs = split("<,<=;<,>=;<=,<;<=,>;>,>=;>,<=;>=,>;>=,<;==,!=;!=,==;&&,||;||,&&;+,-;-,+;*,/;/,*;+=,-=;-=,+=;*=,/=;<<,>>;>>,<<",
    pair, ";")
  for (i = 1; i <= pairs; i++) { split(pair[i], side, ","); from[i] = side[1]; to[i] = side[2] }
}

FNR == 1 { in_comment = 0; before = ";" }

{ raw = $0; code = blank(raw) }

code ~ /^[ ]*#/ || continued { continued = raw ~ /\\$/; next }

{
  trimmed = code
  gsub(/^ +| +$/, "", trimmed)
  if (trimmed == "") next
  if (code !~ /weeg_fail|kill\(|fork\(|->id|^ *case /) {
    operators()
    if (code !~ /WEEG_NEW|= \{0\}|^(static )?const |\[[A-Z_0-9]+\];|^enum/) constants()
    words()
    conditions()
  }
  statements()
  before = substr(trimmed, length(trimmed))
}

# The line with blanks for comments, strings and characters.
function blank(text,   out, i, one, two, quote) {
  out = ""
  for (i = 1; i <= length(text); i++) {
    one = substr(text, i, 1); two = substr(text, i, 2)
    if (in_comment) {
      if (two == "*/") { in_comment = 0; out = out " "; i++ }
      out = out " "
    } else if (quote != "") {
      out = out "_"
      if (one == "\\") { out = out "_"; i++ }
      else if (one == quote) quote = ""
    } else if (two == "/*") { in_comment = 1; out = out "  "; i++ }
    else if (two == "//") { while (length(out) < length(text)) out = out " "; return out }
    else if (one == "\"" || one == "'") { quote = one; out = out "_" }
    else out = out one
  }
  return out
}

function say(at, size, text,   new) {
  new = substr(raw, 1, at - 1) text substr(raw, at + size)
  gsub(/^ +/, "", new)
  old = raw
  gsub(/^ +/, "", old)
  if (old != new) print FILENAME "\t" FNR "\t" at "\t" size "\t" text "\t" old "\t" new
}

# Operators with blanks around them are binary; those of one operand follow.
function operators(   i, at, rest, offset) {
  for (i = 1; i <= pairs; i++) {
    offset = 0
    while ((at = index(substr(code, offset + 1), " " from[i] " ")) > 0) {
      say(offset + at + 1, length(from[i]), to[i])
      offset += at
    }
  }
  offset = 0
  while (match(substr(code, offset + 1), /\+\+|--/)) {
    say(offset + RSTART, 2, substr(code, offset + RSTART, 2) == "++" ? "--" : "++")
    offset += RSTART + 1
  }
  offset = 0
  while (match(substr(code, offset + 1), /[( ]![a-z(]/)) {
    say(offset + RSTART + 1, 1, "")
    offset += RSTART + 1
  }
  offset = 0
  while (match(substr(code, offset + 1), /[(=?:] -[a-z(]/)) {
    say(offset + RSTART + 2, 1, "")
    offset += RSTART + 1
  }
}

function constants(   offset, at, size, value, previous, after) {
  offset = 0
  while (match(substr(code, offset + 1), /[0-9][0-9.]*/)) {
    at = offset + RSTART; size = RLENGTH
    offset = at + size - 1
    previous = substr(code, at - 1, 1); after = substr(code, at + size, 1)
    if (previous ~ /[A-Za-z_0-9.]/ || after ~ /[A-Za-z_.]/) {
      while (substr(code, offset + 1, 1) ~ /[A-Za-z_0-9.]/) offset++
      continue
    }
    value = substr(code, at, size)
    if (value ~ /[.]/) say(at, size, "(" value " + 1)")
    else {
      say(at, size, value == "1" ? "0" : value + 1)
      if (value == "1" && previous != "-") say(at, size, "2") # -1 stands for none, and so does -2
    }
  }
}

# Words of which the other is as likely to have been meant, and a call's two arguments.
function words(   i, at, offset, parts) {
  offset = 0
  while (match(substr(code, offset + 1), /[^A-Za-z_](true|false|fmin|fmax|continue;|low|high)[^A-Za-z_]/)) {
    at = substr(code, offset + RSTART + 1, RLENGTH - 2)
    say(offset + RSTART + 1, RLENGTH - 2,
        at == "true" ? "false" : at == "false" ? "true" : at == "fmin" ? "fmax" : at == "fmax" ? "fmin" : \
        at == "low" ? "high" : at == "high" ? "low" : at)
    offset += RSTART
  }
  if ((at = index(code, "continue;")) > 0) say(at, 9, "break;")
  if ((at = index(code, "WEEG_TRY(")) > 0) say(at, 9, "(void)(")
  offset = 0
  while (match(substr(code, offset + 1), /[a-z]\([a-z_]+, [a-z_]+\)/)) {
    split(substr(code, offset + RSTART + 2, RLENGTH - 3), parts, ", ")
    say(offset + RSTART + 2, RLENGTH - 3, parts[2] ", " parts[1])
    offset += RSTART + 1
  }
}

# The condition of an `if` or `while` on this line, negated.
function conditions(   at, i, depth, one) {
  if (!match(code, /(^| )(if|while) \(/)) return
  at = RSTART + RLENGTH - 1
  for (i = at; i <= length(code); i++) {
    one = substr(code, i, 1)
    depth += one == "(" ? 1 : one == ")" ? -1 : 0
    if (depth == 0) { say(at, i - at + 1, "(!" substr(raw, at, i - at + 1) ")"); return }
  }
}

# A statement that is whole on this line, left out.
function statements(   start, opened, closed, text) {
  start = match(code, /[^ ]/)
  text = trimmed
  opened = gsub(/\(/, "", text)
  closed = gsub(/\)/, "", text)
  if (trimmed !~ /;$/ || opened != closed || before !~ /[;{}:)]/) return
  if (trimmed ~ /^(return|goto|for|while|do|else|case|default|typedef|static|const|enum|struct|}|[.])/) return
  if (trimmed ~ /^[A-Za-z_0-9]+ [*]*[A-Za-z_]/ || code ~ /kill\(|->id/ || (trimmed !~ /[=(]/ && trimmed !~ /\+\+|--/)) return
  say(start, length(trimmed), ";")
}
