# Reads C source without comments (tools/strip-comments.awk) and prints "LINE NAME LENGTH" for every function whose
# length, from the first line of its signature to its closing brace, is more than `limit` lines.

/^[ \t]*#/ || continued { continued = /\\$/; next }

{
  line = $0
  if (depth == 0 && start == 0 && line ~ /[^ \t]/) start = NR
  for (i = 1; i <= length(line); i++) {
    c = substr(line, i, 1)
    if (c == "{") {
      if (depth == 0) {
        is_function = head ~ /\)[ \t]*$/
        name = head
        sub(/[ \t]*\(.*/, "", name)
        sub(/.*[ \t*]/, "", name)
      }
      depth++
    } else if (c == "}") {
      depth--
      if (depth == 0) {
        if (is_function && NR - start + 1 > limit) print start, name, NR - start + 1
        head = ""
        start = 0
        is_function = 0
      }
    } else if (depth == 0) {
      if (c == ";") { head = ""; start = 0 }
      else { head = head c; if (start == 0 && c !~ /[ \t]/) start = NR }
    }
  }
  if (depth == 0) head = head " "
}
